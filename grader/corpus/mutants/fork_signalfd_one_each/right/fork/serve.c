/* serve.c - a process per client. SIGCHLD is blocked and read from a signalfd,
 * so that a death is an event of the poll loop like any other. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t usual;          /* the mask that children get back */

/* A record names one who has died, and may stand for many. */
static void bury(int deaths)
{
    struct signalfd_siginfo info;

    while (read(deaths, &info, sizeof info) == (ssize_t)sizeof info)
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
}

static void start_child(int listener, int deaths, int conn,
                        const struct options *options)
{
    switch (fork()) {
    case -1:
        net_refuse(conn);
        break;
    case 0:
        close(listener);
        close(deaths);
        sigprocmask(SIG_SETMASK, &usual, NULL);
        echo_client(conn, options);
        _exit(0);
    }
    close(conn);
}

/* Returns NET_STOP, or -1 with errno. */
static int loop(int listener, int deaths, const struct options *options)
{
    for (;;) {
        struct pollfd p[] = {
            { .fd = options->stop, .events = POLLIN },
            { .fd = deaths, .events = POLLIN },
            { .fd = listener, .events = POLLIN },
        };
        if (poll(p, 3, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (p[0].revents)
            return NET_STOP;
        if (p[1].revents)
            bury(deaths);
        if (p[2].revents) {
            int conn = net_accept(listener, options->stop);
            if (conn < 0)
                return conn;
            start_child(listener, deaths, conn, options);
        }
    }
}

int serve(int listener, const struct options *options)
{
    sigset_t chld;

    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &chld, &usual) == -1)
        return -1;
    int deaths = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
    if (deaths == -1)
        return -1;

    int how = loop(listener, deaths, options);
    int saved = errno;

    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    close(deaths);
    errno = saved;
    return how == NET_STOP ? 0 : -1;
}
