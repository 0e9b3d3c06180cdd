/* serve.c - one process per client, made by clone3 and not by fork.
 *
 * clone3 hands out the child's pidfd in the same step in which it makes the
 * child: either there are both or neither, and so each child is surely watched.
 * (pidfd_open after fork can fail, and then there is a child that nobody
 * sees.) With exit_signal 0 its end sends no SIGCHLD, and only a wait that
 * asks for such children (__WALL) finds them.
 *
 * The price: glibc does not know of the new process. What it keeps for a
 * thread, such as its number in robust mutexes, is still the parent's. So the
 * child uses none of that, and the numbers it counts are under a semaphore.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
    int listener;
    int set;                /* epoll: stop, and every child that lives */
    int alive;              /* children */
    const struct options *options;
};

/* Like fork; the parent gets the child's descriptor, which is its to close. */
static pid_t fork_watched(int *pidfd)
{
    struct clone_args how = {
        .flags = CLONE_PIDFD,       /* close-on-exec, as all of ours */
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = 0,
    };

    return (pid_t)syscall(SYS_clone3, &how, sizeof how);
}

/* Returns 0, or -1 with errno. */
static int watch(const struct server *s, int fd)
{
    struct epoll_event readable = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(s->set, EPOLL_CTL_ADD, fd, &readable);
}

/* Collect a child; wait for its end if it has not ended. Consumes pidfd. */
static void collect(int pidfd)
{
    siginfo_t unused;

    while (waitid(P_PIDFD, (id_t)pidfd, &unused, WEXITED | __WALL) == -1 &&
           errno == EINTR)
        continue;
    close(pidfd);
}

/* Have this client served. Consumes conn. */
static void hand_over(struct server *s, int conn)
{
    int pidfd = -1;
    pid_t pid = fork_watched(&pidfd);

    if (pid == 0) {
        close(s->listener);
        close(s->set);
        echo_client(conn, s->options);
        _exit(0);
    }
    if (pid == -1)
        net_refuse(conn);
    close(conn);
    if (pid > 0 && watch(s, pidfd) == 0)
        s->alive++;
    else if (pid > 0)
        collect(pidfd);     /* no memory for a watch: wait for it, then */
}

/* One piece of news from the set. Returns 1 when it was the stop, or 0. */
static int look(struct server *s)
{
    struct epoll_event news;

    if (epoll_wait(s->set, &news, 1, -1) != 1)
        return 0;
    if (news.data.fd == s->options->stop)
        return 1;
    /* Out of the set by name: younger children hold this pidfd as well, and
     * what is open anywhere would stay in. */
    epoll_ctl(s->set, EPOLL_CTL_DEL, news.data.fd, NULL);
    collect(news.data.fd);
    s->alive--;
    return 0;
}

int serve(int listener, const struct options *options)
{
    struct server s = { listener, epoll_create1(EPOLL_CLOEXEC), 0, options };
    int conn;

    if (s.set == -1 || watch(&s, options->stop) == -1)
        return -1;

    /* The set is readable when anything in it is: to net_accept it is the
     * descriptor that interrupts. */
    do {
        while ((conn = net_accept(listener, s.set)) >= 0)
            hand_over(&s, conn);
    } while (conn == NET_STOP && !look(&s));
    int saved = errno;

    close(listener);
    epoll_ctl(s.set, EPOLL_CTL_DEL, options->stop, NULL);
    while (s.alive > 0)
        look(&s);
    close(s.set);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
