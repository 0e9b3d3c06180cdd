/* serve.c - a pool in which clients are handed over, not fetched.
 *
 * An idle worker stands in a list and sleeps by a bell of its own. Who comes
 * is given to one of them at once. When nobody is idle he waits on a list of
 * at most options->capacity, and when that is full in the acceptor's hand.
 * Always true when nobody holds the lock: if somebody is idle, nobody waits.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "sem.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { GO_HOME = -1 };

struct worker {
    struct pool *pool;
    pthread_t thread;
    struct worker *next;    /* in the list of idle ones */
    sem_t bell;             /* rung when conn is there */
    int conn;
};

struct place {
    struct place *next;
    int conn;
};

struct pool {
    const struct options *options;
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t room;    /* a place has become vacant */
    struct worker *idle;
    struct place *first, **last;
    struct place *vacant;
    bool closing;
};

static void wait_here(struct pool *pool, int conn)
{
    struct place *place = pool->vacant;

    pool->vacant = place->next;
    *place = (struct place){ .conn = conn };
    *pool->last = place;
    pool->last = &place->next;
}

static int take_first(struct pool *pool)
{
    struct place *place = pool->first;

    pool->first = place->next;
    if (!pool->first)
        pool->last = &pool->first;
    place->next = pool->vacant;
    pool->vacant = place;
    return place->conn;
}

static void wake_one(struct pool *pool, int conn)
{
    struct worker *worker = pool->idle;

    pool->idle = worker->next;
    worker->conn = conn;
    sem_up(&worker->bell);
}

static void hand_over(struct pool *pool, int conn)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->idle && !pool->vacant)
        pthread_cond_wait(&pool->room, &pool->lock);
    if (pool->idle)
        wake_one(pool, conn);
    else
        wait_here(pool, conn);
    pthread_mutex_unlock(&pool->lock);
}

static int next_client(struct worker *me)
{
    struct pool *pool = me->pool;
    bool asleep = false;

    pthread_mutex_lock(&pool->lock);
    if (pool->first) {
        me->conn = take_first(pool);
        pthread_cond_signal(&pool->room);
    } else if (pool->closing) {
        me->conn = GO_HOME;
    } else {
        me->next = pool->idle;
        pool->idle = me;
        asleep = true;
    }
    pthread_mutex_unlock(&pool->lock);

    if (asleep)
        sem_down(&me->bell);
    return me->conn;
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

static int start(struct pool *pool, struct worker *worker, int n)
{
    for (int i = 0; i < n; i++) {
        worker[i].pool = pool;
        if (sem_init(&worker[i].bell, 0, 0) == -1)
            return -1;
        errno = pthread_create(&worker[i].thread, NULL, work, &worker[i]);
        if (errno)
            return -1;
    }
    return 0;
}

static void send_home(struct pool *pool, struct worker *worker, int n)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    while (pool->idle)
        wake_one(pool, GO_HOME);
    pthread_mutex_unlock(&pool->lock);

    for (int i = 0; i < n; i++) {
        pthread_join(worker[i].thread, NULL);
        sem_destroy(&worker[i].bell);
    }
}

int serve(int listener, const struct options *options)
{
    struct pool pool = {
        .options = options,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .room = PTHREAD_COND_INITIALIZER,
        .last = &pool.first,
    };
    size_t n = (size_t)options->workers, places = (size_t)options->capacity;
    struct worker *worker = calloc(n, sizeof *worker);
    struct place *place = calloc(places, sizeof *place);
    int conn;

    if (!worker || !place)
        return -1;
    for (size_t i = 0; i < places; i++) {
        place[i].next = pool.vacant;
        pool.vacant = &place[i];
    }
    if (start(&pool, worker, options->workers) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(&pool, conn);
    int saved = errno;
    close(listener);

    send_home(&pool, worker, options->workers);
    pthread_cond_destroy(&pool.room);
    pthread_mutex_destroy(&pool.lock);
    free(place);
    free(worker);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
