/* serve.c - a process per client. The handler of SIGCHLD does nothing but
 * write into a pipe; the loop, which polls it, does the reaping. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int bell[2];

static void ring(int sig)
{
    int saved = errno;
    ssize_t ignored = write(bell[1], "", 1);    /* full: it rings already */

    (void)sig;
    (void)ignored;
    errno = saved;
}

static void serve_in_child(int listener, int conn,
                           const struct options *options)
{
    signal(SIGCHLD, SIG_DFL);
    close(bell[0]);
    close(bell[1]);
    close(listener);
    echo_client(conn, options);
    _exit(0);
}

int serve(int listener, const struct options *options)
{
    struct sigaction act = { .sa_handler = ring, .sa_flags = SA_RESTART };
    int conn = 0;

    if (pipe2(bell, O_NONBLOCK | O_CLOEXEC) == -1 ||
        sigaction(SIGCHLD, &act, NULL) == -1)
        return -1;

    while (conn != NET_STOP) {
        struct pollfd p[] = {
            { .fd = listener, .events = POLLIN },
            { .fd = options->stop, .events = POLLIN },
            { .fd = bell[0], .events = POLLIN },
        };
        if (poll(p, 3, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (p[2].revents) {
            char rings[64];
            while (read(bell[0], rings, sizeof rings) > 0)
                continue;
            while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
        }
        if (!p[0].revents && !p[1].revents)
            continue;

        conn = net_accept(listener, options->stop);
        if (conn == -1)
            return -1;
        if (conn == NET_STOP)
            break;
        pid_t pid = fork();
        if (pid == 0)
            serve_in_child(listener, conn, options);
        if (pid == -1)
            net_refuse(conn);
        close(conn);
    }

    close(listener);
    while (wait(NULL) != -1 || errno != ECHILD)
        continue;
    return 0;
}
