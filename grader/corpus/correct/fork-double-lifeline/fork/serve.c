/* serve.c - one process per client, by two forks.
 *
 * The process in the middle ends at once and is waited for on the spot; who
 * serves is adopted and reaped by init, so this server has no zombies and
 * needs no handler. But then nobody tells it when they end. So all of them
 * hold the writing end of a pipe, and when the server has closed its own, the
 * pipe's end of file says that the last one is gone, however it went.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static int lifeline[2];

static _Noreturn void serve_client(int listener, int conn,
                                   const struct options *options)
{
    close(listener);
    close(lifeline[0]);
    echo_client(conn, options);
    close(conn);
    _exit(0);               /* and with us goes our end of the lifeline */
}

/* Returns false if there is no process that serves this client. */
static bool hand_over(int listener, int conn, const struct options *options)
{
    pid_t middle = fork();
    int status;

    if (middle == -1)
        return false;
    if (middle == 0) {
        pid_t pid = fork();
        if (pid == 0)
            serve_client(listener, conn, options);
        _exit(pid == -1);
    }
    while (waitpid(middle, &status, 0) == -1)
        if (errno != EINTR)
            return true;
    /* Killed from outside? Then the client may well be in service. */
    return !WIFEXITED(status) || WEXITSTATUS(status) == 0;
}

int serve(int listener, const struct options *options)
{
    char byte;
    int conn;

    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || pipe2(lifeline, O_CLOEXEC) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0) {
        if (!hand_over(listener, conn, options))
            net_refuse(conn);
        close(conn);
    }

    int saved = errno;
    close(listener);
    close(lifeline[1]);
    while (read(lifeline[0], &byte, 1) == -1 && errno == EINTR)
        continue;
    close(lifeline[0]);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
