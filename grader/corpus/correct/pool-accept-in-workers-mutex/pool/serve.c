/* serve.c - a fixed pool of threads that accept in turn.
 *
 * One worker waits for the next client and holds a mutex meanwhile; the others
 * sleep at the mutex. So a client wakes one thread, and not all. The mutex is
 * given back before the client is served: it guards the place at the door
 * and nothing else. The kernel's list of clients is the queue.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

struct pool {
    pthread_mutex_t door;   /* whoever accepts holds it */
    int listener;
    int error;              /* 0, or what ended the listener; guarded by door */
    const struct options *options;
};

/* The next client, or NET_STOP, or -1: from then on always the same. */
static int next_client(struct pool *pool)
{
    pthread_mutex_lock(&pool->door);
    int conn = net_accept(pool->listener, pool->options->stop);
    if (conn == -1)
        pool->error = errno;
    pthread_mutex_unlock(&pool->door);
    return conn;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    int conn;

    while ((conn = next_client(pool)) >= 0) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { PTHREAD_MUTEX_INITIALIZER, listener, 0, options };
    pthread_t worker[options->workers];
    int n = 0, error = 0;

    while (n < options->workers && error == 0) {
        error = pthread_create(&worker[n], NULL, work, &pool);
        n += error == 0;
    }
    if (n == 0)
        return errno = error, -1;

    /* Those who could be started serve until the stop. */
    while (n > 0)
        pthread_join(worker[--n], NULL);
    close(listener);
    pthread_mutex_destroy(&pool.door);
    errno = pool.error;
    return pool.error == 0 ? 0 : -1;
}
