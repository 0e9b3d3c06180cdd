/* serve.c - one process per client.
 *
 * The kernel does the scheduling, and a client can crash only the process
 * that serves it. The price is a fork for each connection. Compare
 * pool/serve.c.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Called when a child has ended, between any two instructions of the rest.
 * Use it, or any other way: say which in a comment. */
static void reap(int sig)
{
    (void)sig;
    int saved = errno;      /* the interrupted code may be about to read it */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;           /* one signal may stand for many deaths */
    errno = saved;
}

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct options *options)
{
    pid_t pid = fork();
    if (pid == 0) {
        close(listener);    /* or the port stays taken after the parent dies */
        echo_client(conn, options);
        _exit(0);           /* not exit: the parent's output is not ours */
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);            /* the child's copy keeps the connection open */
}

int serve(int listener, const struct options *options)
{
    int conn;

    struct sigaction ended = { .sa_handler = reap, .sa_flags = SA_RESTART };
    if (sigaction(SIGCHLD, &ended, NULL) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);

    close(listener);        /* newcomers are refused from here on */
    while (wait(NULL) > 0 || errno == EINTR)
        continue;           /* ECHILD: nobody is left */
    return conn == NET_STOP ? 0 : -1;
}
