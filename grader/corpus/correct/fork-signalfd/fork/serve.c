/* serve.c - one process per client, and signals that are read.
 *
 * SIGCHLD is blocked and comes through a signalfd, as a client comes through
 * the listener. So there is one place where this server waits, and nothing
 * ever runs between two of its lines. net_accept knows only one descriptor
 * besides the listener, so the waiting and its errors are ours.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct server {
    int listener;
    int deaths;             /* the signalfd */
    sigset_t usual;         /* the signal mask as we found it */
    const struct options *options;
};

static void reap(int deaths)
{
    struct signalfd_siginfo info;

    while (read(deaths, &info, sizeof info) > 0)
        continue;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;           /* one signal may stand for many deaths */
}

/* Have this client served. Consumes conn. */
static void hand_over(const struct server *s, int conn)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(s->listener);
        close(s->deaths);
        sigprocmask(SIG_SETMASK, &s->usual, NULL);
        echo_client(conn, s->options);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);
}

/* Returns 0, also when the client has changed its mind; or -1 with errno when
 * the listener is of no use any more. */
static int take(const struct server *s)
{
    int conn = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

    if (conn != -1) {
        hand_over(s, conn);
        return 0;
    }
    switch (errno) {
    case EBADF: case EINVAL: case ENOTSOCK:
        return -1;
    case EMFILE: case ENFILE: case ENOBUFS: case ENOMEM:
        poll(&(struct pollfd){ s->options->stop, POLLIN, 0 }, 1, BACK_OFF_MS);
        return 0;           /* a child that ends makes room */
    default:
        return 0;
    }
}

/* Returns 0 on stop, or -1 with errno. */
static int loop(const struct server *s)
{
    struct pollfd p[] = {
        { .fd = s->options->stop, .events = POLLIN },
        { .fd = s->deaths, .events = POLLIN },
        { .fd = s->listener, .events = POLLIN },
    };

    for (;;) {
        if (poll(p, 3, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (p[0].revents)
            return 0;
        if (p[1].revents)
            reap(s->deaths);
        if (p[2].revents && take(s) == -1)
            return -1;
    }
}

int serve(int listener, const struct options *options)
{
    struct server s = { .listener = listener, .options = options };
    sigset_t deaths;

    sigemptyset(&deaths);
    sigaddset(&deaths, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &deaths, &s.usual) == -1)
        return -1;
    s.deaths = signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK);
    /* Non-blocking: the client that poll saw may be gone when we accept. */
    if (s.deaths == -1 ||
        fcntl(listener, F_SETFL,
              fcntl(listener, F_GETFL) | O_NONBLOCK) == -1)
        return -1;

    int result = loop(&s), saved = errno;
    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    close(s.deaths);
    errno = saved;
    return result;
}
