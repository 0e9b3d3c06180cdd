/* serve.c - a fixed pool of threads; the acceptor knows who is idle.
 *
 * Each worker has a mailbox for one connection. The idle ones stand in a stack,
 * so that who has just worked, and whose memory is in the caches, is the first
 * to work again. The acceptor first takes a mailbox and then a client: so
 * clients wait in the kernel's list, and `capacity` has no meaning. Each
 * worker has a condition variable of its own: the one who is meant wakes.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { EMPTY = -1, GO_HOME = -2 };

struct worker {
    pthread_t thread;
    struct pool *pool;
    pthread_cond_t mail;    /* conn is not EMPTY any more */
    int conn;               /* the mailbox */
    struct worker *below;   /* in the stack of the idle */
};

struct pool {
    const struct options *options;
    pthread_mutex_t lock;   /* guards the stack and all mailboxes */
    pthread_cond_t idler;   /* somebody is in the stack */
    struct worker *idle;    /* its top */
};

/* Say that we are idle, and wait for a connection or GO_HOME. */
static int next_client(struct worker *me)
{
    struct pool *pool = me->pool;

    pthread_mutex_lock(&pool->lock);
    me->conn = EMPTY;
    me->below = pool->idle;
    pool->idle = me;
    pthread_cond_signal(&pool->idler);
    while (me->conn == EMPTY)
        pthread_cond_wait(&me->mail, &pool->lock);
    int conn = me->conn;
    pthread_mutex_unlock(&pool->lock);
    return conn;
}

static void *work(void *arg)
{
    struct worker *me = arg;
    int conn;

    while ((conn = next_client(me)) != GO_HOME) {
        echo_client(conn, me->pool->options);
        close(conn);
    }
    return NULL;
}

/* Wait for an idle worker, and take it out of the stack: it is ours. */
static struct worker *take_idle(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->idle)
        pthread_cond_wait(&pool->idler, &pool->lock);
    struct worker *w = pool->idle;
    pool->idle = w->below;
    pthread_mutex_unlock(&pool->lock);
    return w;
}

static void post(struct worker *w, int conn)
{
    pthread_mutex_lock(&w->pool->lock);
    w->conn = conn;
    pthread_cond_signal(&w->mail);
    pthread_mutex_unlock(&w->pool->lock);
}

/* Returns how many were started; errno says why not all. */
static int start(struct worker *worker, struct pool *pool)
{
    int n = 0;

    for (; n < pool->options->workers; n++) {
        worker[n].pool = pool;
        pthread_cond_init(&worker[n].mail, NULL);
        errno = pthread_create(&worker[n].thread, NULL, work, &worker[n]);
        if (errno != 0)
            break;
    }
    return n;
}

/* Accept until the stop. Returns what net_accept ended with. */
static int accept_clients(int listener, struct pool *pool)
{
    for (;;) {
        struct worker *w = take_idle(pool);
        int conn = net_accept(listener, pool->options->stop);
        if (conn < 0) {
            int saved = errno;
            post(w, GO_HOME);
            errno = saved;
            return conn;
        }
        post(w, conn);
    }
}

int serve(int listener, const struct options *options)
{
    struct worker worker[options->workers];
    struct pool pool = { options, PTHREAD_MUTEX_INITIALIZER,
                         PTHREAD_COND_INITIALIZER, NULL };
    int conn = -1, n = start(worker, &pool), left = n;

    if (n == options->workers) {
        conn = accept_clients(listener, &pool);
        left--;             /* one was sent home when there was no client */
    }
    int saved = errno;

    close(listener);
    while (left-- > 0)
        post(take_idle(&pool), GO_HOME);
    while (n > 0)
        pthread_join(worker[--n].thread, NULL);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
