/* serve.c - a fixed pool of threads, and one more that joins them.
 *
 * pthread_join waits for one thread that must be named. A worker that ends
 * writes itself into a list, and the joiner takes whom it finds there, in the
 * order in which they end: no stack stays longer than it must, and nobody is
 * waited for in vain. serve has one thread to join, the joiner. (With a fixed
 * pool all end together, and a plain loop of joins would do; where threads
 * come and go this is the way to keep them joinable.)
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { GO_HOME = -1 };      /* in the queue, instead of a connection */

struct worker {
    pthread_t thread;
    struct pool *pool;
    struct worker *next;    /* in the list of the ended */
};

struct pool {
    struct queue *queue;
    const struct options *options;
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t change;
    struct worker *ended;   /* to be joined */
    int alive;              /* workers that have not been joined */
};

static void *work(void *arg)
{
    struct worker *me = arg;
    struct pool *pool = me->pool;
    int conn;

    while ((conn = queue_get(pool->queue)) != GO_HOME) {
        echo_client(conn, pool->options);
        close(conn);
    }

    pthread_mutex_lock(&pool->lock);
    me->next = pool->ended;
    pool->ended = me;
    pthread_cond_signal(&pool->change);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* The joiner: it ends when all the workers have. */
static void *join(void *arg)
{
    struct pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    while (pool->alive > 0) {
        struct worker *w = pool->ended;
        if (!w) {
            pthread_cond_wait(&pool->change, &pool->lock);
            continue;
        }
        pool->ended = w->next;
        pool->alive--;
        /* w needs the lock to get out of its last lines. */
        pthread_mutex_unlock(&pool->lock);
        pthread_join(w->thread, NULL);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Start the workers. The lock is held: a worker that ends at once may not be
 * listed before it is stored and counted. Returns 0, or -1 with errno. */
static int start(struct worker *worker, struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    errno = 0;
    for (int i = 0; i < pool->options->workers && errno == 0; i++) {
        worker[i].pool = pool;
        errno = pthread_create(&worker[i].thread, NULL, work, &worker[i]);
        pool->alive += errno == 0;
    }
    pthread_mutex_unlock(&pool->lock);
    return errno == 0 ? 0 : -1;
}

int serve(int listener, const struct options *options)
{
    struct worker worker[options->workers];
    struct pool pool = {
        .queue = queue_new(options->capacity),
        .options = options,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .change = PTHREAD_COND_INITIALIZER,
    };
    pthread_t joiner;
    int conn = -1;

    if (!pool.queue)
        return -1;
    int started = start(worker, &pool), n = pool.alive;
    if (started == 0 &&
        (errno = pthread_create(&joiner, NULL, join, &pool)) != 0)
        started = -1;
    if (started == 0)
        while ((conn = net_accept(listener, options->stop)) >= 0)
            queue_put(pool.queue, conn);
    int saved = errno;

    close(listener);
    while (n-- > 0)
        queue_put(pool.queue, GO_HOME);
    if (started == 0)
        pthread_join(joiner, NULL);
    else
        join(&pool);        /* there is no joiner: do its work */
    queue_free(pool.queue);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
