/* serve.c - one process per client.
 *
 * No SIGCHLD at all: whenever a client comes I first ask for those children
 * that have ended since the last one. There are never more zombies than
 * children that ended since then, and the next client clears them away.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static void clear_away(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* The child's whole life. */
static void live(int listener, int conn, const struct options *options)
{
    close(listener);
    echo_client(conn, options);
    close(conn);
    _exit(0);
}

int serve(int listener, const struct options *options)
{
    int conn;

    while ((conn = net_accept(listener, options->stop)) >= 0) {
        clear_away();
        pid_t pid = fork();
        if (pid == 0)
            live(listener, conn, options);
        if (pid < 0)
            net_refuse(conn);
        close(conn);
    }
    close(listener);

    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return conn == NET_STOP ? 0 : -1;
}
