/* serve.c - a fixed pool of threads, with a listener for each.
 *
 * With SO_REUSEPORT many sockets listen on one port, and the kernel deals the
 * clients out by a hash of their addresses. The hash does not know who is
 * busy: a worker that looked at its own listener only would let clients wait
 * behind a slow one while its neighbours idle. So who is idle looks at all
 * the listeners, each time from the next one on, that none is last for ever.
 * Then the price is the small stampede of all designs in which many poll.
 *
 * The given listener is one of the group, because the port has been announced
 * and clients may be there already.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct pool {
    const struct options *options;
    int n;                  /* listeners, */
    int *listener;          /* and workers */
};

struct worker {
    pthread_t thread;
    const struct pool *pool;
    int first;              /* the listener to look at first */
};

/* One client from listener i, or -1 when there is none now. */
static int take(const struct pool *pool, int i)
{
    int conn = accept4(pool->listener[i], NULL, NULL, SOCK_CLOEXEC);

    if (conn == -1 && (errno == EMFILE || errno == ENFILE ||
                       errno == ENOBUFS || errno == ENOMEM)) {
        struct pollfd stop = { pool->options->stop, POLLIN, 0 };
        poll(&stop, 1, BACK_OFF_MS);    /* a client that leaves makes room */
    }
    return conn;
}

/* The next client, wherever it waits, or NET_STOP. */
static int next_client(struct worker *me)
{
    const struct pool *pool = me->pool;
    struct pollfd p[pool->n + 1];

    for (int i = 0; i < pool->n; i++)
        p[i] = (struct pollfd){ pool->listener[i], POLLIN, 0 };
    p[pool->n] = (struct pollfd){ pool->options->stop, POLLIN, 0 };

    for (;;) {
        if (poll(p, (nfds_t)pool->n + 1, -1) == -1)
            continue;       /* EINTR */
        if (p[pool->n].revents)
            return NET_STOP;
        for (int k = 0; k < pool->n; k++) {
            int i = (me->first + k) % pool->n, conn = -1;
            if (p[i].revents)
                conn = take(pool, i);
            if (conn != -1) {
                me->first = (i + 1) % pool->n;
                return conn;
            }
        }
    }
}

static void *work(void *arg)
{
    struct worker *me = arg;
    int conn;

    while ((conn = next_client(me)) != NET_STOP) {
        echo_client(conn, me->pool->options);
        close(conn);
    }
    return NULL;
}

static int set(int fd, int option)
{
    return setsockopt(fd, SOL_SOCKET, option, &(int){1}, sizeof(int));
}

/* Another listener at the port of the given one. Returns it, or -1. */
static int listen_too(int given)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == -1)
        return -1;
    if (getsockname(given, (struct sockaddr *)&address, &size) == 0 &&
        set(fd, SO_REUSEADDR) == 0 && set(fd, SO_REUSEPORT) == 0 &&
        bind(fd, (struct sockaddr *)&address, size) == 0 &&
        listen(fd, SOMAXCONN) == 0)
        return fd;

    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* Returns 0, or -1 with errno; pool->n listeners are open then. */
static int open_group(struct pool *pool, int given)
{
    pool->listener[pool->n++] = given;
    if (set(given, SO_REUSEPORT) == -1 ||
        fcntl(given, F_SETFL, fcntl(given, F_GETFL) | O_NONBLOCK) == -1)
        return -1;
    while (pool->n < pool->options->workers) {
        int fd = listen_too(given);
        if (fd == -1)
            return -1;
        pool->listener[pool->n++] = fd;
    }
    return 0;
}

static void wait_for_stop(const struct options *options)
{
    struct pollfd stop = { .fd = options->stop, .events = POLLIN };

    while (poll(&stop, 1, -1) != 1)
        continue;           /* EINTR: the handler ran first */
}

int serve(int listener, const struct options *options)
{
    int listeners[options->workers];
    struct worker worker[options->workers];
    struct pool pool = { options, 0, listeners };
    int error = open_group(&pool, listener) == 0 ? 0 : errno;
    int started = 0;

    while (started < options->workers && error == 0) {
        worker[started] = (struct worker){ .pool = &pool, .first = started };
        error = pthread_create(&worker[started].thread, NULL, work,
                               &worker[started]);
        started += error == 0;
    }
    /* A few workers serve all the listeners too; none does not. */
    bool served = started > 0;
    if (served)
        wait_for_stop(options);

    /* Not close yet: the workers still poll these numbers. */
    for (int i = 0; i < pool.n; i++)
        shutdown(pool.listener[i], SHUT_RD);
    while (started > 0)
        pthread_join(worker[--started].thread, NULL);
    for (int i = 0; i < pool.n; i++)
        close(pool.listener[i]);
    errno = error;
    return served ? 0 : -1;
}
