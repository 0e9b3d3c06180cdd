/* serve.c - a pool of threads with its queue inside. The workers are never
 * sent home: serve returns when nothing is queued and nobody is busy, and
 * those who still sleep then hold no client. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;       /* guards all below */
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    pthread_cond_t quiet;       /* nobody busy and nothing queued */
    int *ring;
    int size, head, count;
    int busy;
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .not_empty = PTHREAD_COND_INITIALIZER,
    .not_full = PTHREAD_COND_INITIALIZER,
    .quiet = PTHREAD_COND_INITIALIZER,
};

static void put(int conn)
{
    pthread_mutex_lock(&pool.lock);
    while (pool.count == pool.size)
        pthread_cond_wait(&pool.not_full, &pool.lock);
    pool.ring[(pool.head + pool.count++) % pool.size] = conn;
    pthread_mutex_unlock(&pool.lock);
    pthread_cond_signal(&pool.not_empty);
}

/* The client is in one of the two numbers at any time. */
static int take(void)
{
    pthread_mutex_lock(&pool.lock);
    while (pool.count == 0)
        pthread_cond_wait(&pool.not_empty, &pool.lock);
    int conn = pool.ring[pool.head];
    pool.head = (pool.head + 1) % pool.size;
    pool.count--;
    pool.busy++;
    pthread_mutex_unlock(&pool.lock);
    pthread_cond_signal(&pool.not_full);
    return conn;
}

static void done(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.busy--;
    if (pool.busy == 0 && pool.count == 0)
        pthread_cond_broadcast(&pool.quiet);
    pthread_mutex_unlock(&pool.lock);
}

static void *work(void *arg)
{
    const struct options *options = arg;

    for (;;) {
        int conn = take();
        echo_client(conn, options);
        close(conn);
        done();
    }
    return NULL;
}

static void until_quiet(void)
{
    pthread_mutex_lock(&pool.lock);
    while (pool.count > 0 || pool.busy > 0)
        pthread_cond_wait(&pool.quiet, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

int serve(int listener, const struct options *options)
{
    pthread_attr_t detached;
    int conn;

    pool.size = options->capacity;
    pool.ring = calloc((size_t)pool.size, sizeof *pool.ring);
    if (!pool.ring)
        return -1;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < options->workers; i++) {
        pthread_t nobody;
        errno = pthread_create(&nobody, &detached, work, (void *)options);
        if (errno)
            return -1;
    }
    pthread_attr_destroy(&detached);

    while ((conn = net_accept(listener, options->stop)) >= 0)
        put(conn);
    close(listener);
    until_quiet();
    return conn == NET_STOP ? 0 : -1;
}
