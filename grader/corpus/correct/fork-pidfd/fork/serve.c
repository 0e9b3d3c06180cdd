/* serve.c - one process per client, each seen through a descriptor.
 *
 * A pidfd becomes readable when its process ends. So children are waited for
 * as clients are, in one epoll set, and no signal is needed. The price is a
 * descriptor of the server for each child that lives, where a handler needs
 * none.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
    int listener;
    int set;                /* epoll: stop, and every child that lives */
    bool unwatched;         /* a child has no pidfd: there was none left */
    const struct options *options;
};

/* glibc has the wrapper only since 2.36. */
static int open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Returns 0, or -1 with errno. */
static int watch(const struct server *s, int fd)
{
    struct epoll_event readable = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(s->set, EPOLL_CTL_ADD, fd, &readable);
}

static void watch_child(struct server *s, pid_t pid)
{
    int pidfd = open_pidfd(pid);

    if (pidfd == -1 || watch(s, pidfd) == -1) {
        s->unwatched = true;
        if (pidfd != -1)
            close(pidfd);
    }
}

/* Collect a child that has ended. Consumes pidfd. */
static void reap(const struct server *s, int pidfd)
{
    siginfo_t unused;

    while (waitid(P_PIDFD, (id_t)pidfd, &unused, WEXITED) == -1 &&
           errno == EINTR)
        continue;
    /* Closing is not enough: younger children have inherited the pidfd, and
     * what is open anywhere stays in the set. */
    epoll_ctl(s->set, EPOLL_CTL_DEL, pidfd, NULL);
    close(pidfd);
}

/* Have this client served. Consumes conn. */
static void hand_over(struct server *s, int conn)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(s->listener);
        close(s->set);
        echo_client(conn, s->options);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    else
        watch_child(s, pid);
    close(conn);
}

/* Collect all that have ended. Returns whether it is time to stop. */
static bool look(const struct server *s)
{
    struct epoll_event news;
    bool stop = false;

    while (!stop && epoll_wait(s->set, &news, 1, 0) == 1) {
        stop = news.data.fd == s->options->stop;
        if (!stop)
            reap(s, news.data.fd);
    }
    while (s->unwatched && waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    return stop;
}

int serve(int listener, const struct options *options)
{
    struct server s = { listener, epoll_create1(EPOLL_CLOEXEC), false,
                        options };
    int conn;

    if (s.set == -1 || watch(&s, options->stop) == -1)
        return -1;

    /* The set is readable when anything in it is: to net_accept it is the
     * descriptor that interrupts. */
    do {
        while ((conn = net_accept(listener, s.set)) >= 0)
            hand_over(&s, conn);
    } while (conn == NET_STOP && !look(&s));

    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    close(s.set);           /* the last pidfds end with the program */
    return conn == NET_STOP ? 0 : -1;
}
