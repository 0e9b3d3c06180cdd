/* serve.c - a grandchild per client: init collects it, not we.
 *
 * The child forks and ends at once, so its child is an orphan from birth and
 * the zombie is somebody else's. That costs a second fork for every client,
 * and wait can no longer tell when all have been served. A pipe does: every
 * grandchild inherits its writing end, and a pipe ends when the last writer
 * has gone, however it went.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child: it has the client served and does not wait for that. */
static _Noreturn void deliver(int conn, const struct options *options)
{
    pid_t pid = fork();

    if (pid == 0)
        echo_client(conn, options);
    if (pid == -1)
        net_refuse(conn);
    _exit(0);
}

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int alive, int conn,
                      const struct options *options)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(listener);
        close(alive);
        deliver(conn, options);
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);
    while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        continue;           /* not for long: it only forks */

    /* In a container we may be process 1 ourselves, who gets all orphans. */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* Sleep until nobody can write any more. */
static void wait_for_end(int fd)
{
    char byte;

    while (read(fd, &byte, 1) == -1 && errno == EINTR)
        continue;
}

int serve(int listener, const struct options *options)
{
    int conn, alive[2];

    if (pipe2(alive, O_CLOEXEC) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, alive[0], conn, options);
    close(listener);

    close(alive[1]);        /* ours; those of the living stay open */
    wait_for_end(alive[0]);
    close(alive[0]);
    return conn == NET_STOP ? 0 : -1;
}
