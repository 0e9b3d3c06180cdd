/* serve.c - a fixed pool of threads, each of which accepts for itself.
 *
 * The kernel has a queue of clients already, the listener's list. A worker
 * that is free takes the next one from there, so there is no acceptor, no
 * second queue (`capacity` has no meaning) and nothing to lock. The price is a
 * small stampede: one client wakes every worker that polls, one gets it, and
 * the others find nothing. Compare the designs that take turns.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

struct pool {
    int listener;
    const struct options *options;
};

/* A worker. Returns 0 on stop, or the error that ended it. */
static void *work(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = net_accept(pool->listener, pool->options->stop)) >= 0) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return (void *)(intptr_t)(conn == NET_STOP ? 0 : errno);
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { listener, options };
    pthread_t worker[options->workers];
    int n = 0, error = 0;

    while (n < options->workers && error == 0) {
        error = pthread_create(&worker[n], NULL, work, &pool);
        n += error == 0;
    }
    if (n == 0)
        return errno = error, -1;

    /* One worker serves everybody too, only slower: those who could be
     * started stay until the stop. */
    error = 0;
    while (n > 0) {
        void *ended;
        pthread_join(worker[--n], &ended);
        if (ended)
            error = (int)(intptr_t)ended;
    }
    close(listener);
    return error ? (errno = error, -1) : 0;
}
