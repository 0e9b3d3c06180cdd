/* serve.c - one process per client, whose end leaves nothing behind.
 *
 * SA_NOCLDWAIT says that children shall not become zombies, and unlike an
 * ignored SIGCHLD it leaves the signal itself alone: here the handler is told
 * of deaths, and nothing is left for it to collect. What it counts is only a
 * lower bound, because one signal may stand for many deaths; so nothing but
 * a debugger looks at it.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t told;      /* (gdb) print told */

static void ended(int sig)
{
    (void)sig;
    told++;
}

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct options *options)
{
    pid_t pid = fork();

    switch (pid) {
    case 0:
        close(listener);
        echo_client(conn, options);
        _exit(0);
    case -1:
        net_refuse(conn);
        break;
    }
    close(conn);
}

int serve(int listener, const struct options *options)
{
    struct sigaction action = { .sa_handler = ended,
                                .sa_flags = SA_NOCLDWAIT | SA_RESTART };
    int conn;

    if (sigaction(SIGCHLD, &action, NULL) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);
    close(listener);

    /* There is no status to wait for. wait sleeps until no child is left, and
     * says so with ECHILD; the handler only makes it start again. */
    while (wait(NULL) != -1 || errno == EINTR)
        continue;
    return conn == NET_STOP ? 0 : -1;
}
