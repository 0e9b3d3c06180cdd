/* serve.c - one process per client.
 *
 * We never look at an exit status, so the kernel may throw it away: with
 * SIGCHLD ignored a child that ends is gone at once (man 2 waitpid, NOTES).
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct options *options)
{
    pid_t pid = fork();

    if (pid < 0) {
        net_refuse(conn);
    } else if (pid == 0) {
        close(listener);
        echo_client(conn, options);
        _exit(0);
    }
    close(conn);
}

int serve(int listener, const struct options *options)
{
    int conn;

    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);

    close(listener);

    /* When SIGCHLD is ignored, wait sleeps until the last child has gone and
     * then says ECHILD. That is all I want to know. */
    while (wait(NULL) != -1 || errno != ECHILD)
        continue;
    return conn == NET_STOP ? 0 : -1;
}
