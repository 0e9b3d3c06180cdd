/* watch.c - the program's faults, and the watchdog. */
#include "watch.h"

#include "call.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    LOOKS = 10,             /* of the watchdog, in a second */
    STILL = 10,             /* seconds without a step or CPU time: it blocks */
    BUSY = 2,               /* seconds of CPU time without a step */
    SIGNAL_STACK = 64 << 10,
};

static char fault_stack[SIGNAL_STACK], watch_stack[SIGNAL_STACK];

/* What lies under another thread's stack is met by writing beyond one's own. */
static bool in_own_guard(const void *address)
{
    const char *p = address, *own = stacks + (size_t)self->id * STACK;

    return p >= own && p < own + GUARD;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    unsettle();
    if (!run.on)
        _exit(3);
    if (in_own_guard(info->si_addr))
        verdict(INCONCLUSIVE, "stack overflow",
                "T%d has used up its stack, of which the explorer gives each "
                "thread %d KiB", self->id, STACK >> 10);
    verdict(CRASH, strsignal(number),
            "T%d is ended by signal %d (%s), at address %p, after {c:%x}",
            self->id, number, strsignal(number), info->si_addr,
            self->wait.pc ? self->wait.pc : last_pc);
}

static double cpu_seconds(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void on_watch(int number)
{
    static uint64_t before;
    static double cpu;
    static int still;

    (void)number;
    if (!run.on || all_steps != before) {
        before = all_steps;
        cpu = cpu_seconds();
        still = 0;
        return;
    }
    if (cpu_seconds() - cpu >= BUSY)
        verdict(NO_PROGRESS, NO_STEP,
                "T%d runs on and on after {c:%x} and takes no step that others "
                "could see", self->id, last_pc);
    if (++still >= STILL * LOOKS && cpu_seconds() - cpu < 1)
        verdict(UNSUPPORTED, "a call that blocks",
                "T%d stands still after {c:%x}, in a call that the explorer "
                "does not know", self->id, last_pc);
}

static void use_stack(char *stack)
{
    sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = SIGNAL_STACK }, NULL);
}

void watch(void)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    struct sigaction fault = {
        .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK,
    };
    struct sigaction alarm = {
        .sa_handler = on_watch, .sa_flags = SA_ONSTACK | SA_RESTART,
    };
    const struct timeval look = { 0, 1000000 / LOOKS };
    struct itimerval every = { look, look };

    use_stack(watch_stack);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigaction(faults[i], &fault, NULL);
    sigaction(SIGALRM, &alarm, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
}

/* One stack does for the faults of all threads, since one runs at a time; the
 * watchdog's is another, because it looks while they run. */
void watch_thread(void)
{
    sigset_t alarm;

    use_stack(fault_stack);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
}
