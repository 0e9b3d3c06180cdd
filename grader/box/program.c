/* program.c - from a process of init's to the student's program. See init.h. */
#include "init.h"

#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAP_MAX = 63 };

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
static void drop_privileges(uid_t user)
{
    write_file("/proc/self/oom_score_adj", "1000");     /* it before us */
    for (int cap = 0; cap <= CAP_MAX; cap++)
        prctl(PR_CAPBSET_DROP, cap);
    if (user != (uid_t)-1 &&
        (setgroups(0, NULL) == -1 || setresgid(user, user, user) == -1 ||
         setresuid(user, user, user) == -1))
        fail("setuid");
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        fail("no_new_privs");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* All signals as they are by default. By the system call itself: glibc keeps
 * 32 and 33 for its own use and its signal() does not touch them, but those
 * who started us (GNU make does) may have left them ignored. */
static void default_signals(void)
{
    char kernel_default[32] = { 0 };    /* the kernel's sigaction: SIG_DFL */
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        syscall(SYS_rt_sigaction, sig, kernel_default, NULL, (size_t)8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void execute(uid_t user, char **args)
{
    say("program");
    setsid();
    umask(022);
    limit(RLIMIT_CORE, "0");
    limit(RLIMIT_NPROC, args[0]);
    limit(RLIMIT_AS, args[1]);
    limit(RLIMIT_NOFILE, args[2]);
    limit(RLIMIT_FSIZE, args[3]);
    drop_privileges(user);
    if (chdir(args[5]) == -1)
        fail("chdir");
    default_signals();
    execvp(args[6], args + 6);
    fail("exec");
}
