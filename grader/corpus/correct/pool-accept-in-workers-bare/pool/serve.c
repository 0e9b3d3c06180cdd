/* serve.c - a fixed pool of threads that all sleep in accept.
 *
 * The plainest pool: the kernel's list of clients is the queue, and it wakes
 * one sleeper for each client. But who sleeps in accept sees no stop, and
 * close does not wake him: the descriptor's number goes, the call goes on.
 * shutdown ends the socket itself, and every accept returns EINVAL. So main
 * waits for the stop and does that.
 */
#include "serve.h"

#include "echo.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct pool {
    int listener;
    const struct options *options;
};

/* The next client, or -1 when the listener has been shut down. */
static int next_client(int listener)
{
    for (;;) {
        int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (conn != -1 || errno == EINVAL)
            return conn;
        /* Out of descriptors: a client that leaves makes room. All else is
         * the misfortune of one client, or EINTR. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            poll(NULL, 0, BACK_OFF_MS);
    }
}

static void *work(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = next_client(pool->listener)) != -1) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

static void wait_for_stop(const struct options *options)
{
    struct pollfd stop = { .fd = options->stop, .events = POLLIN };

    while (poll(&stop, 1, -1) != 1)
        continue;           /* EINTR: the handler ran first */
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { listener, options };
    pthread_t worker[options->workers];
    int n = 0;

    while (n < options->workers &&
           (errno = pthread_create(&worker[n], NULL, work, &pool)) == 0)
        n++;
    int saved = errno, whole = n == options->workers;
    if (whole)
        wait_for_stop(options);

    shutdown(listener, SHUT_RD);
    while (n > 0)
        pthread_join(worker[--n], NULL);
    close(listener);
    errno = saved;
    return whole ? 0 : -1;
}
