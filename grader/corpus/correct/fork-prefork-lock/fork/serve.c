/* serve.c - children that are there before their clients are.
 *
 * options->workers processes accept in turn and serve one client after the
 * other. No client waits for a fork, and no more than that many are served at
 * once; the others wait in the kernel's list. What one client leaves behind
 * in its process the next one finds.
 *
 * The lock lets one child wait for a client and the others for the lock, so
 * that a client wakes one process and not all of them. It is a record lock,
 * because the kernel gives back what a killed process held; a semaphore in
 * shared memory would stay taken.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct server {
    int listener;
    int turn;               /* a file without a name, there to be locked */
    const struct options *options;
};

static void lock(int fd, short type)
{
    struct flock all = { .l_type = type, .l_whence = SEEK_SET };

    while (fcntl(fd, F_SETLKW, &all) == -1 && errno == EINTR)
        continue;
}

/* A child: it serves one client after the other until the stop. */
static _Noreturn void work(const struct server *s)
{
    for (;;) {
        lock(s->turn, F_WRLCK);
        int conn = net_accept(s->listener, s->options->stop);
        lock(s->turn, F_UNLCK);
        if (conn < 0)
            _exit(conn == NET_STOP ? EXIT_SUCCESS : EXIT_FAILURE);
        echo_client(conn, s->options);
        close(conn);
    }
}

/* Wait a moment. Returns whether the server is to stop. */
static bool stopping(const struct server *s, int ms)
{
    struct pollfd p = { .fd = s->options->stop, .events = POLLIN };

    return poll(&p, 1, ms) == 1;
}

/* Start one child, however long it takes. */
static void start(const struct server *s)
{
    pid_t pid;

    while ((pid = fork()) == -1 && !stopping(s, BACK_OFF_MS))
        continue;
    if (pid == 0)
        work(s);
}

int serve(int listener, const struct options *options)
{
    struct server s = { listener, memfd_create("turn", MFD_CLOEXEC), options };

    if (s.turn == -1)
        return -1;
    for (int i = 0; i < options->workers; i++)
        start(&s);

    /* The children see the stop themselves, so the end of one is all that we
     * have to wait for: before the stop it is replaced. The pause is for the
     * case that each new one dies at once. */
    for (;;) {
        pid_t gone = wait(NULL);
        if (gone > 0 && !stopping(&s, BACK_OFF_MS))
            start(&s);
        else if (gone == -1 && errno != EINTR)
            break;
    }
    close(listener);
    close(s.turn);
    return 0;
}
