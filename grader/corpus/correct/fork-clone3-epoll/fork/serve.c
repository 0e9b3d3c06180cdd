/* serve.c - a process per client, each known by a descriptor.
 *
 * clone3 gives a pidfd together with the child, and that becomes readable
 * when the child has ended: no signal, no handler. All pidfds and the stop
 * descriptor are in one epoll set, and since such a set is a descriptor that
 * can be polled itself, net_accept can wait for it as if it were the stop.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The children that are alive or not yet reaped. */
static struct {
    int *pidfd;
    size_t n, room;
    bool blind;             /* at least one of them could not be watched */
} children;

static int watch(int set, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static bool make_room(void)
{
    if (children.n < children.room)
        return true;

    size_t room = children.room ? 2 * children.room : 16;
    int *pidfd = realloc(children.pidfd, room * sizeof *pidfd);
    if (!pidfd)
        return false;
    children.pidfd = pidfd;
    children.room = room;
    return true;
}

/* As fork; on success the parent gets the pidfd too. It is close-on-exec. */
static pid_t fork_with_pidfd(int *pidfd)
{
    struct clone_args args = {
        .flags = CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };

    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static void bury(int pidfd)
{
    siginfo_t info;

    while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == -1 &&
           errno == EINTR)
        continue;
    close(pidfd);
}

static _Noreturn void serve_client(int listener, int set, int conn,
                                   const struct options *options)
{
    close(listener);
    close(set);
    for (size_t i = 0; i < children.n; i++)
        close(children.pidfd[i]);           /* our brothers' */
    echo_client(conn, options);
    _exit(0);
}

/* Consumes conn. */
static void hand_over(int listener, int set, int conn,
                      const struct options *options)
{
    int pidfd = -1;
    pid_t pid = make_room() ? fork_with_pidfd(&pidfd) : -1;

    if (pid == 0)
        serve_client(listener, set, conn, options);
    if (pid == -1)
        net_refuse(conn);
    close(conn);
    if (pid == -1)
        return;
    children.pidfd[children.n++] = pidfd;
    if (watch(set, pidfd) == -1)
        children.blind = true;
}

/* Memory was too short for the set: ask each child. This is done when the
 * next client comes, and from then on. */
static void sweep(int set)
{
    for (size_t i = 0; i < children.n; ) {
        int fd = children.pidfd[i];
        siginfo_t info = { .si_pid = 0 };

        if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0 &&
            info.si_pid == 0) {
            i++;
            continue;
        }
        epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
        close(fd);
        children.pidfd[i] = children.pidfd[--children.n];
    }
}

/* Bury whoever has ended. Returns true if it is time to stop. */
static bool look_around(int set, int stop)
{
    struct epoll_event event[32];
    int n = epoll_wait(set, event, 32, 0);
    bool stopping = false;

    for (int i = 0; i < n; i++) {
        int fd = event[i].data.fd;
        if (fd == stop) {
            stopping = true;
            continue;
        }
        /* By hand: a child that was made in between has a copy of pidfd, and
         * closing ours would not take it out of the set. */
        epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
        bury(fd);
        size_t at = 0;
        while (children.pidfd[at] != fd)
            at++;
        children.pidfd[at] = children.pidfd[--children.n];
    }
    return stopping;
}

int serve(int listener, const struct options *options)
{
    int conn;
    int set = epoll_create1(EPOLL_CLOEXEC);

    if (set == -1)
        return -1;
    signal(SIGCHLD, SIG_DFL);
    if (watch(set, options->stop) == -1)
        return -1;

    do {
        conn = net_accept(listener, set);
        if (conn >= 0) {
            hand_over(listener, set, conn, options);
            if (children.blind)
                sweep(set);
        }
    } while (conn >= 0 ||
             (conn == NET_STOP && !look_around(set, options->stop)));

    int saved = errno;
    close(listener);
    while (children.n > 0)
        bury(children.pidfd[--children.n]);
    free(children.pidfd);
    close(set);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
