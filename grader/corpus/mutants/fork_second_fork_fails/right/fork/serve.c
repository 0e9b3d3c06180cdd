/* serve.c - a process per client, by two forks: the process in the middle
 * ends at once and is waited for, and who serves is nobody's child any more,
 * so no zombie can be left. All who serve hold one end of a pipe: when it is
 * at its end, nobody is in service. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int alive[2];

static void hand_over(int listener, int conn, const struct options *options)
{
    pid_t middle = fork();
    int status = 0;

    if (middle == 0) {
        pid_t pid = fork();
        if (pid != 0)
            _exit(pid == -1);
        close(listener);
        close(alive[0]);
        echo_client(conn, options);
        _exit(0);
    }
    if (middle != -1)
        while (waitpid(middle, &status, 0) == -1 && errno == EINTR)
            continue;
    if (middle == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 1))
        net_refuse(conn);
    close(conn);
}

int serve(int listener, const struct options *options)
{
    int conn;
    char byte;

    signal(SIGCHLD, SIG_DFL);
    if (pipe2(alive, O_CLOEXEC) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);

    close(listener);
    close(alive[1]);            /* now only those who serve have one */
    while (read(alive[0], &byte, 1) == -1 && errno == EINTR)
        continue;
    close(alive[0]);
    return conn == NET_STOP ? 0 : -1;
}
