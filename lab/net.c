/* net.c - see net.h.
 *
 * A blocking read cannot be interrupted by another descriptor. So each wait
 * is a poll on all that may end it, and the transfer itself uses MSG_DONTWAIT:
 * "readable" is a hint, and only the call that follows knows.
 */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BACK_OFF_MS = 10,       /* after accept ran out of descriptors */
    DRAIN_MS = 200,         /* a client's silence after our goodbye */
    DRAIN_MAX = 4 << 20,    /* bytes we read only to be polite */
};

/* One socket, bound and listening. */
static int bind_and_listen(int fd, int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    /* Without this a restarted server waits out its old TIME_WAIT sockets. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));

    if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
        return -1;
    return listen(fd, SOMAXCONN);
}

int net_listen(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    if (bind_and_listen(fd, port) == 0)
        return fd;

    int saved = errno;      /* close may overwrite the errno worth reporting */
    close(fd);
    errno = saved;
    return -1;
}

int net_port(int listener)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    if (getsockname(listener, (struct sockaddr *)&address, &size) == -1)
        return -1;
    return ntohs(address.sin_port);
}


/* Errors of accept that concern one client, who has already left, or nobody:
 * Linux hands over errors that are pending on the new connection. */
static bool try_again(int error)
{
    return error == EINTR || error == ECONNABORTED || error == EAGAIN ||
           error == EPROTO || error == ENETDOWN || error == ENOPROTOOPT ||
           error == EHOSTDOWN || error == EHOSTUNREACH ||
           error == ENETUNREACH || error == EOPNOTSUPP;
}

/* Out of descriptors or memory: it will pass when a client leaves. Trying
 * again at once would burn a CPU, because the client stays in the list and
 * the listener stays readable. */
static bool shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

/* Several threads or children may wait on one listener. All are woken for one
 * client and one gets it; a blocking accept would leave the others sleeping
 * in there, deaf to `stop`. So the listener becomes non-blocking here, and
 * not in main: a design with a bare accept needs it blocking. */
static int make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1)
        return -1;
    if (flags & O_NONBLOCK)
        return 0;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int net_accept(int listener, int stop)
{
    if (make_nonblocking(listener) == -1)
        return -1;

    for (;;) {
        struct pollfd p[] = {
            { .fd = stop, .events = POLLIN },
            { .fd = listener, .events = POLLIN },
        };
        if (poll(p, 2, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (p[0].revents)
            return NET_STOP;

        int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (conn != -1)
            return conn;
        if (shortage(errno))
            poll(p, 1, BACK_OFF_MS);
        else if (!try_again(errno))
            return -1;
    }
}

void net_refuse(int conn)
{
    static const char reply[] =
        "HTTP/1.1 503 Service Unavailable\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n";
    char buf[1024];

    /* Unread bytes would turn the close into a reset, and a reset may
     * overtake the reply. Take what is there; waiting is not our business. */
    while (recv(conn, buf, sizeof buf, MSG_DONTWAIT) > 0)
        continue;
    if (send(conn, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        shutdown(conn, SHUT_WR);
}

/* Wait until conn is ready for `events`. Returns 0, or -1 with errno. */
static int wait_ready(int conn, short events, const struct patience *p)
{
    for (;;) {
        struct pollfd fds[] = {
            { .fd = conn, .events = events },
            { .fd = p->deadline, .events = POLLIN },
            { .fd = p->stop, .events = POLLIN },
        };
        int n = poll(fds, 3, p->idle_ms);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        if (fds[1].revents || (fds[2].revents && !fds[0].revents))
            return errno = ECANCELED, -1;
        if (n == 0)
            return errno = ETIMEDOUT, -1;
        return 0;
    }
}

ssize_t net_read(int conn, void *buf, size_t n, const struct patience *p)
{
    for (;;) {
        if (wait_ready(conn, POLLIN, p) == -1)
            return -1;
        ssize_t got = recv(conn, buf, n, MSG_DONTWAIT);
        if (got != -1 || (errno != EAGAIN && errno != EINTR))
            return got;
    }
}

int net_write(int conn, const void *buf, size_t n, int flags,
              const struct patience *p)
{
    const char *from = buf;

    while (n > 0) {
        /* MSG_NOSIGNAL: a client that has left is an error, not our death. */
        ssize_t put = send(conn, from, n,
                           flags | MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put >= 0) {
            from += put;    /* may be less than n: the buffers were full */
            n -= (size_t)put;
        } else if (errno == EAGAIN) {
            if (wait_ready(conn, POLLOUT, p) == -1)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

int net_sleep(int ms, int deadline)
{
    struct timespec end, now;
    struct pollfd p = { .fd = deadline, .events = POLLIN };

    clock_gettime(CLOCK_MONOTONIC, &end);
    long long until = end.tv_sec * 1000LL + end.tv_nsec / 1000000 + ms;
    for (;;) {
        int n = poll(&p, 1, ms);
        if (n == 0)
            return 0;
        if (n == 1)
            return errno = ECANCELED, -1;
        if (errno != EINTR)
            return -1;
        clock_gettime(CLOCK_MONOTONIC, &now);
        long long left = until - now.tv_sec * 1000LL - now.tv_nsec / 1000000;
        ms = left > 0 ? (int)left : 0;
    }
}

void net_drain(int conn, const struct patience *p)
{
    struct patience brief = { .stop = -1, p->deadline, DRAIN_MS };
    char buf[4096];
    long total = 0;
    ssize_t n;

    if (shutdown(conn, SHUT_WR) == -1)
        return;
    while (total < DRAIN_MAX &&
           (n = net_read(conn, buf, sizeof buf, &brief)) > 0)
        total += n;
}
