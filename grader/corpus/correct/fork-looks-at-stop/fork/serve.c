/* serve.c - one process per client; whether they have ended it asks now and
 * then: when the next client comes, and at the stop every three seconds.
 *
 * No handler, no signal, and so no moment at which one could be missed. The
 * price is a stop that may take three seconds longer than it needs.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASK_EVERY = 3 };     /* seconds */

/* Take leave of those who have ended. Returns whether any are left. */
static int reap(void)
{
    pid_t ended;

    while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
        continue;
    return ended == 0;
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

int serve(int listener, const struct options *options)
{
    int conn;

    while ((conn = net_accept(listener, options->stop)) >= 0) {
        hand_over(listener, conn, options);
        reap();
    }
    close(listener);
    while (reap())
        sleep(ASK_EVERY);
    return conn == NET_STOP ? 0 : -1;
}
