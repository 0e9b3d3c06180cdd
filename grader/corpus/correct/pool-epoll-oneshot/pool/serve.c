/* serve.c - a fixed pool of threads; the kernel chooses who accepts.
 *
 * All workers sleep in one epoll set. With EPOLLONESHOT a client at the
 * listener wakes one of them and the set is silent about it until that one has
 * accepted and arms it again: as if it held a lock, but nobody sleeps at one.
 * The stop is in the set too, level-triggered, so that all of them see it. The
 * kernel's list of clients is the queue.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct pool {
    int set;                /* epoll: the listener and the stop */
    int listener;
    const struct options *options;
};

/* Put the listener into the set (EPOLL_CTL_ADD), or let it speak again. */
static int arm(const struct pool *pool, int operation)
{
    struct epoll_event once = { .events = EPOLLIN | EPOLLONESHOT,
                                .data.fd = pool->listener };

    return epoll_ctl(pool->set, operation, pool->listener, &once);
}

static bool stopping(const struct pool *pool, int ms)
{
    struct pollfd p = { .fd = pool->options->stop, .events = POLLIN };

    return poll(&p, 1, ms) == 1;
}

/* The next client, or NET_STOP. */
static int next_client(const struct pool *pool)
{
    struct epoll_event event;

    for (;;) {
        if (epoll_wait(pool->set, &event, 1, -1) != 1)
            continue;       /* EINTR */
        /* One event was asked for: the stop may stand behind it. */
        if (stopping(pool, 0))
            return NET_STOP;

        int conn = accept4(pool->listener, NULL, NULL, SOCK_CLOEXEC);
        if (conn == -1 && (errno == EMFILE || errno == ENFILE ||
                           errno == ENOBUFS || errno == ENOMEM))
            stopping(pool, BACK_OFF_MS);    /* who leaves makes room */
        arm(pool, EPOLL_CTL_MOD);
        if (conn != -1)
            return conn;
    }
}

static void *work(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = next_client(pool)) != NET_STOP) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

/* Returns 0, or -1 with errno. */
static int prepare(struct pool *pool)
{
    struct epoll_event always = { .events = EPOLLIN,
                                  .data.fd = pool->options->stop };

    pool->set = epoll_create1(EPOLL_CLOEXEC);
    if (pool->set == -1 ||
        epoll_ctl(pool->set, EPOLL_CTL_ADD, pool->options->stop,
                  &always) == -1)
        return -1;
    /* Non-blocking: the client may be gone again when we accept. */
    if (fcntl(pool->listener, F_SETFL,
              fcntl(pool->listener, F_GETFL) | O_NONBLOCK) == -1)
        return -1;
    return arm(pool, EPOLL_CTL_ADD);
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { .listener = listener, .options = options };
    pthread_t worker[options->workers];
    int n = 0, error = 0;

    if (prepare(&pool) == -1)
        return -1;
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
    close(pool.set);
    return 0;
}
