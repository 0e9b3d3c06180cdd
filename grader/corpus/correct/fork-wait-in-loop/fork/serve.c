/* serve.c - one process per client, reaped when the next client comes.
 *
 * No handler, no signal: each turn of the accept loop first asks for all the
 * children that have ended since the last one. The price is that zombies wait
 * for the next client; there are never more of them than there were clients
 * at once, and a zombie costs a number and a few hundred bytes of the kernel.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
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
        reap();             /* before the fork: it may need the room */
        hand_over(listener, conn, options);
    }

    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return conn == NET_STOP ? 0 : -1;
}
