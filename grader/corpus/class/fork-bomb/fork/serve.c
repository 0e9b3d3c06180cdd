/* serve.c - one process per client.
 *
 * To be quick, the process is there before its client: it waits in accept.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    errno = saved;
}

static bool stopped(const struct options *options)
{
    struct pollfd p = { .fd = options->stop, .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

/* The child: wait for a client and serve it. */
static void serve_next(int listener, const struct options *options)
{
    int conn = net_accept(listener, options->stop);

    if (conn < 0)
        return;
    echo_client(conn, options);
    close(conn);
}

int serve(int listener, const struct options *options)
{
    struct sigaction action = { .sa_handler = reap, .sa_flags = SA_RESTART };

    if (sigaction(SIGCHLD, &action, NULL) == -1)
        return -1;

    while (!stopped(options)) {
        pid_t pid = fork();
        if (pid == 0) {
            serve_next(listener, options);
            _exit(0);
        }
    }
    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return 0;
}
