/* serve.c - one process per client.
 *
 * Children are collected in a SIGCHLD handler.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
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

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct options *options)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(listener);
        echo_client(conn, options);
        close(conn);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);
}

int serve(int listener, const struct options *options)
{
    struct sigaction action = { .sa_handler = reap, .sa_flags = SA_RESTART };
    int conn;

    if (sigaction(SIGCHLD, &action, NULL) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);

    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return conn == NET_STOP ? 0 : -1;
}
