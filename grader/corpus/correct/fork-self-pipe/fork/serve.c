/* serve.c - one process per client; the handler only leaves a note.
 *
 * Little may be done in a signal handler, but a write may. So the handler
 * writes one byte into a pipe, and the loop, which may do anything, reaps
 * when it finds it. net_accept takes one descriptor that interrupts it and
 * here are two; an epoll descriptor is readable when anything in it is, and
 * so makes one of them.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

static int note[2];         /* a pipe; non-blocking at both ends */

static void child_ended(int sig)
{
    int saved = errno;

    (void)sig;
    /* A full pipe is as good as one more byte: there is a note in it. */
    ssize_t ignored = write(note[1], "", 1);
    (void)ignored;
    errno = saved;
}

/* The notes first: one that comes while we reap must not be thrown away. */
static void reap(void)
{
    char bytes[64];

    while (read(note[0], bytes, sizeof bytes) > 0)
        continue;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static bool stopping(const struct options *options)
{
    return poll(&(struct pollfd){ options->stop, POLLIN, 0 }, 1, 0) == 1;
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

/* A descriptor that is readable when there is a note or a stop, or -1. */
static int open_news(const struct options *options)
{
    struct sigaction ended = { .sa_handler = child_ended,
                               .sa_flags = SA_RESTART };
    struct epoll_event readable = { .events = EPOLLIN };
    int news = epoll_create1(EPOLL_CLOEXEC);

    if (news == -1 || pipe2(note, O_CLOEXEC | O_NONBLOCK) == -1 ||
        epoll_ctl(news, EPOLL_CTL_ADD, note[0], &readable) == -1 ||
        epoll_ctl(news, EPOLL_CTL_ADD, options->stop, &readable) == -1 ||
        sigaction(SIGCHLD, &ended, NULL) == -1)
        return -1;
    return news;
}

int serve(int listener, const struct options *options)
{
    int conn, news = open_news(options);

    if (news == -1)
        return -1;

    for (;;) {
        conn = net_accept(listener, news);
        if (conn >= 0)
            hand_over(listener, conn, options);
        else if (conn == NET_STOP && !stopping(options))
            reap();
        else
            break;
    }

    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    close(news);
    return conn == NET_STOP ? 0 : -1;
}
