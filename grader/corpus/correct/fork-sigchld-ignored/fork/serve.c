/* serve.c - one process per client, and nobody asks how it ended.
 *
 * While SIGCHLD is ignored the kernel drops a child that ends at once: there
 * is no zombie, no handler and no interrupted call. The price is that an exit
 * status can never be seen. (Ignoring is not the default, although the default
 * does nothing either: the default keeps the zombie.)
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

    if (pid == 0) {
        close(listener);
        echo_client(conn, options);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
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

    /* With SIGCHLD ignored wait has no child to tell of: it sleeps until the
     * last one has gone, and then it fails with ECHILD. */
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return conn == NET_STOP ? 0 : -1;
}
