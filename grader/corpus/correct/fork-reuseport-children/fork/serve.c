/* serve.c - several children that accept, each at a listener of its own.
 *
 * With SO_REUSEPORT many sockets listen on one port and the kernel deals the
 * clients out by a hash of their addresses, so acceptors never meet. A hash
 * does not know who is busy: an acceptor that served its clients itself would
 * let them wait while its neighbour idles, and so each forks for every client.
 *
 * The given listener is one of the group: the port was announced before we
 * were called, and there may be clients at it already. The parent keeps all
 * the listeners open, and when an acceptor dies its successor takes over the
 * clients who wait there.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct acceptor {
    int listener;
    pid_t pid;
};

static void reap(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    errno = saved;
}

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct options *options)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(listener);
        echo_client(conn, options);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);
}

/* An acceptor's life. */
static _Noreturn void accept_clients(int listener,
                                     const struct options *options)
{
    struct sigaction ended = { .sa_handler = reap, .sa_flags = SA_RESTART };
    int conn;

    sigaction(SIGCHLD, &ended, NULL);
    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);
    /* The parent has this socket too: end it for both. */
    shutdown(listener, SHUT_RD);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    _exit(conn == NET_STOP ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Wait a moment. Returns whether the server is to stop. */
static bool stopping(const struct options *options, int ms)
{
    struct pollfd p = { .fd = options->stop, .events = POLLIN };

    return poll(&p, 1, ms) == 1;
}

/* Start acceptor i, however long it takes: there is nobody else to take the
 * clients of its listener. */
static void start(struct acceptor *all, int i, const struct options *options)
{
    while ((all[i].pid = fork()) == -1 && !stopping(options, BACK_OFF_MS))
        continue;
    if (all[i].pid != 0)
        return;
    for (int k = 0; k < options->workers; k++)
        if (k != i)
            close(all[k].listener);
    accept_clients(all[i].listener, options);
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
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1 ||
        getsockname(given, (struct sockaddr *)&address, &size) == -1 ||
        set(fd, SO_REUSEADDR) == -1 || set(fd, SO_REUSEPORT) == -1 ||
        bind(fd, (struct sockaddr *)&address, size) == -1 ||
        listen(fd, SOMAXCONN) == -1)
        return -1;
    return fd;
}

/* Returns 0, or -1 with errno. */
static int open_group(int given, struct acceptor *all, int n)
{
    if (set(given, SO_REUSEPORT) == -1)
        return -1;
    all[0].listener = given;
    for (int i = 1; i < n; i++)
        if ((all[i].listener = listen_too(given)) == -1)
            return -1;
    return 0;
}

/* Replace acceptors that die, and return when all have gone after a stop. */
static void watch(struct acceptor *all, const struct options *options)
{
    for (;;) {
        pid_t gone = wait(NULL);
        if (gone == -1 && errno != EINTR)
            return;
        for (int i = 0; gone > 0 && i < options->workers; i++)
            if (all[i].pid == gone && !stopping(options, BACK_OFF_MS))
                start(all, i, options);
    }
}

int serve(int listener, const struct options *options)
{
    struct acceptor all[options->workers];

    /* The children of an acceptor that is killed become ours, and wait
     * waits for them as well. */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
        open_group(listener, all, options->workers) == -1)
        return -1;

    for (int i = 0; i < options->workers; i++)
        start(all, i, options);
    watch(all, options);
    for (int i = 0; i < options->workers; i++)
        close(all[i].listener);
    return 0;
}
