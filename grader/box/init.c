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
#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTROL = 3, CAP_MAX = 63 };

static bool pidns;
static uid_t user;
static pid_t program;           /* 0 once its end has been told */
static bool late;               /* the wall limit has passed */

static void say(const char *fmt, ...)
{
    char text[128];
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    send(CONTROL, text, (size_t)n, MSG_NOSIGNAL);
}

_Noreturn static void fail(const char *what)
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

/* Let go of the program's stdin, stdout and stderr: the grader sees the end of
 * a pipe only when nobody has it any more. */
static void drop_stdio(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
}

static void write_file(const char *path, const char *fmt, ...)
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

/* Become PID 1 of new namespaces. The caller's process waits outside. */
static void enter_namespaces(const char *flags)
{
    int what = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
    uid_t uid = geteuid();
    gid_t gid = getegid();
    bool users = strchr(flags, 'u') != NULL;

    if (unshare(users ? what | CLONE_NEWUSER : what) == -1)
        fail("unshare");
    if (users) {
        /* Never root inside, or execve would give capabilities. */
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", "%u %u 1", uid ? uid : 1000, uid);
        write_file("/proc/self/gid_map", "%u %u 1", gid ? gid : 1000, gid);
    }
    pid_t init = fork();
    if (init == -1)
        fail("fork");
    if (init > 0) {
        drop_stdio();
        close(CONTROL);
        while (waitpid(init, NULL, 0) == -1 && errno == EINTR)
            ;
        _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (strchr(flags, 'm') == NULL)
        return;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              NULL) == -1)
        fail("mount");
    /* Names in /dev/shm are chosen by students, and collide. No matter if
     * there is no such directory. */
    mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV,
          "size=64m,mode=1777");
}

static void limit(int what, const char *number)
{
    rlim_t n = strtoull(number, NULL, 10);
    struct rlimit now, wanted = { n, n };

    if (n == 0 && what != RLIMIT_CORE)
        return;
    getrlimit(what, &now);
    if (setrlimit(what, &wanted) == -1) {       /* more than we may have */
        wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
        setrlimit(what, &wanted);
    }
}

/* Give up whatever a program could use against the grader. */
static void drop_privileges(void)
{
    write_file("/proc/self/oom_score_adj", "1000");     /* it before us */
    for (int cap = 0; cap <= CAP_MAX; cap++)
        prctl(PR_CAPBSET_DROP, cap);
    if (user != (uid_t)-1 &&
        (syscall(SYS_setgroups, 0, NULL) == -1 ||
         setresgid(user, user, user) == -1 || setresuid(user, user, user) == -1))
        fail("setuid");
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        fail("no_new_privs");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

_Noreturn static void execute(char **args)
{
    sigset_t none;

    say("program");
    setsid();
    umask(022);
    limit(RLIMIT_CORE, "0");
    limit(RLIMIT_NPROC, args[0]);
    limit(RLIMIT_AS, args[1]);
    limit(RLIMIT_NOFILE, args[2]);
    limit(RLIMIT_FSIZE, args[3]);
    drop_privileges();
    if (chdir(args[5]) == -1)
        fail("chdir");
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(args[6], args + 6);
    fail("exec");
}

/* Start the program. Returns once it executes or has failed to. */
static void start(char **args)
{
    int born[2];
    char c;

    if (pipe2(born, O_CLOEXEC) == -1 || (program = fork()) == -1)
        fail("fork");
    if (program == 0)
        execute(args);
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
    close_others(atoi(argv[2]));
    user = (uid_t)atol(argv[3]);
    pidns = strchr(argv[1], 'p') != NULL;
    if (pidns)
        enter_namespaces(argv[1]);
    else if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
        fail("subreaper");
    prctl(PR_SET_DUMPABLE, 0);

    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_SETMASK, &chld, NULL);
    start(argv + 4);

    struct pollfd control = { .fd = CONTROL };
    struct pollfd child = {
        .fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK),
        .events = POLLIN,
    };
    watch(&control, &child, atoll(argv[8]));
    late = false;
    kill_all(&child);
    return 0;
}
