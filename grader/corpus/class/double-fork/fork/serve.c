/* serve.c - one process per client, by forking twice.
 *
 * The child forks again and leaves at once, so that the one who serves is
 * nobody's child but init's, and I only have to wait for the first one.
 *
 * How do I know at the end whether they are all done? Each of them has the
 * writing end of a pipe. Nobody writes: when the last one has gone, a read
 * sees the end of the file.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

struct alive {
    int read;
    int write;
};

/* The grandchild; it ends in here. */
static void serve_one(int listener, int conn, const struct alive *alive,
                      const struct options *options)
{
    close(listener);
    close(alive->read);
    echo_client(conn, options);
    _exit(0);
}

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct alive *alive,
                      const struct options *options)
{
    pid_t pid = fork();

    if (pid == 0) {
        pid_t again = fork();
        if (again == 0)
            serve_one(listener, conn, alive, options);
        if (again == -1)
            net_refuse(conn);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    else
        while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
            continue;       /* it is on its way out */
    close(conn);
}

/* Return when nobody has the writing end any more. */
static void wait_for_all(struct alive *alive)
{
    char c;

    close(alive->write);
    while (read(alive->read, &c, 1) == -1 && errno == EINTR)
        continue;
    close(alive->read);
}

int serve(int listener, const struct options *options)
{
    struct alive alive;
    int fd[2], conn;

    if (pipe2(fd, O_CLOEXEC) == -1)
        return -1;
    alive.read = fd[0];
    alive.write = fd[1];

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, &alive, options);

    close(listener);
    wait_for_all(&alive);
    return conn == NET_STOP ? 0 : -1;
}
