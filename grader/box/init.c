/* init.c - the first process of a box.
 *
 * usage: init FLAGS CONTROL UID PROCESSES MEMORY FILES OUTPUT WALL_MS CWD
 *             PROGRAM [ARG]...
 *
 *   FLAGS     p  PID, mount and IPC namespaces of its own
 *             m  a /proc and a /dev/shm of its own (needs p)
 *             u  a user namespace around them, for a caller without privilege
 *             -  none of these: a subreaper among the machine's processes
 *   CONTROL   a SOCK_SEQPACKET socket to the grader
 *   UID       user and group of the program; -1 to stay who we are
 *
 * A limit of 0 is none. On CONTROL it says, each in a message of its own:
 *
 *   program            sent by the program's process before it executes, so
 *                      that the sender's credentials tell the grader its pid
 *   up | failed WHAT ERRNO            sent by init: likewise its own pid
 *   exit N | signal N | wall N        how the program ended
 *
 * Then it stays, reaping orphans, so that the grader can count what the
 * program left behind. When the grader closes CONTROL, by will or by dying,
 * it kills everything and exits once nothing is left.
 *
 * The namespaces are made here and not by unshare(1): that would be two more
 * programs to execute for each run, and no way to fall back on a subreaper.
 */
#include "init.h"
#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool pidns;
static uid_t user;
static pid_t program;           /* 0 once its end has been told */
static bool late;               /* the wall limit has passed */

void say(const char *fmt, ...)
{
    char text[128];
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    send(CONTROL, text, (size_t)n, MSG_NOSIGNAL);
}

_Noreturn void fail(const char *what)
{
    say("failed %s %d", what, errno);
    _exit(127);
}

/* Keep 0-2 and the control socket, which becomes CONTROL. */
static void close_others(int control)
{
    if (control != CONTROL && dup2(control, CONTROL) == -1)
        _exit(127);
    fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
    if (syscall(SYS_close_range, CONTROL + 1, ~0U, 0) == 0)
        return;
    for (int fd = CONTROL + 1; fd < sysconf(_SC_OPEN_MAX); fd++)
        close(fd);
}

void drop_stdio(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
}

void write_file(const char *path, const char *fmt, ...)
{
    va_list args;
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd == -1)
        return;
    va_start(args, fmt);
    vdprintf(fd, fmt, args);
    va_end(args);
    close(fd);
}

/* Start the program. Returns once it executes or has failed to. */
static void start(char **args)
{
    int born[2];
    char c;

    if (pipe2(born, O_CLOEXEC) == -1 || (program = fork()) == -1)
        fail("fork");
    if (program == 0)
        execute(user, args);
    close(born[1]);
    while (read(born[0], &c, 1) == -1 && errno == EINTR)
        ;
    close(born[0]);
    drop_stdio();
    say("up");
}

/* Reap what has ended. Returns whether there are children still. */
static bool reap(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != program)
            continue;
        program = 0;
        if (WIFEXITED(status))
            say("exit %d", WEXITSTATUS(status));
        else
            say("%s %d", late ? "wall" : "signal", WTERMSIG(status));
    }
    return pid == 0;
}

static void kill_all(struct pollfd *child)
{
    for (int round = 0; reap(); round++) {
        struct signalfd_siginfo info;

        sweep(pidns, user, round);
        poll(child, 1, 10);
        while (read(child->fd, &info, sizeof info) > 0)
            ;
    }
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Reap, and keep the wall limit, until the grader has gone. */
static void watch(struct pollfd *control, struct pollfd *child, long long wall)
{
    long long deadline = now_ms() + wall;

    for (;;) {
        struct signalfd_siginfo info;
        struct pollfd both[2] = { *control, *child };
        long long left = deadline - now_ms();
        bool limited = wall > 0 && !late;

        if (limited && left <= 0) {
            late = true;
            kill_all(child);
            continue;
        }
        poll(both, 2, limited ? (int)left : -1);
        if (both[0].revents)
            return;
        while (read(child->fd, &info, sizeof info) > 0)
            ;
        reap();
    }
}

int main(int argc, char **argv)
{
    sigset_t chld;

    if (argc < 11)
        return 2;
    signal(SIGCHLD, SIG_DFL);   /* ignored, it would lose the status */
    close_others(atoi(argv[2]));
    user = (uid_t)atol(argv[3]);
    pidns = strchr(argv[1], 'p') != NULL;
    if (pidns)
        enter_namespaces(argv[1], argv[4]);
    else if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
        fail("subreaper");
    prctl(PR_SET_DUMPABLE, 0);

    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_SETMASK, &chld, NULL);
    start(argv + 5);

    struct pollfd control = { .fd = CONTROL };
    struct pollfd child = {
        .fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK),
        .events = POLLIN,
    };
    watch(&control, &child, atoll(argv[9]));
    late = false;
    kill_all(&child);
    return 0;
}
