/* serve.c - one process per client.
 *
 * No signal handler: SIGCHLD is blocked and comes as something to read, like
 * a client does. So there is one place where this server waits (the poll),
 * and nothing that runs between two lines.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP, CLIENT, CHILD, N };

static int open_signalfd(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void collect(int sigfd)
{
    struct signalfd_siginfo info;

    while (read(sigfd, &info, sizeof info) == sizeof info)
        continue;
    /* one notice, perhaps many children */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static void hand_over(int listener, int sigfd, int conn,
                      const struct options *options)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(listener);
        close(sigfd);
        echo_client(conn, options);
        close(conn);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);
}

/* Returns 0, or -1 if the listener is of no use any more. */
static int take_client(int listener, int sigfd, const struct options *options)
{
    int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (conn >= 0) {
        hand_over(listener, sigfd, conn, options);
        return 0;
    }
    switch (errno) {
    case EBADF: case EINVAL: case ENOTSOCK: case EFAULT:
        return -1;
    case EMFILE: case ENFILE: case ENOBUFS: case ENOMEM:
        poll(NULL, 0, 10);      /* until somebody has left */
        return 0;
    default:
        return 0;               /* it was only about that client */
    }
}

int serve(int listener, const struct options *options)
{
    int result = 0, sigfd = open_signalfd();

    if (sigfd == -1)
        return -1;
    if (fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK) == -1)
        return -1;

    while (result == 0) {
        struct pollfd p[N] = {
            [STOP] = { .fd = options->stop, .events = POLLIN },
            [CLIENT] = { .fd = listener, .events = POLLIN },
            [CHILD] = { .fd = sigfd, .events = POLLIN },
        };
        if (poll(p, N, -1) == -1) {
            if (errno == EINTR)
                continue;
            result = -1;
            break;
        }
        if (p[STOP].revents)
            break;
        if (p[CHILD].revents)
            collect(sigfd);
        if (p[CLIENT].revents)
            result = take_client(listener, sigfd, options);
    }

    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    close(sigfd);
    return result;
}
