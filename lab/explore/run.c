/* run.c - a child makes runs; the parent sees what is left on the record.
 *
 * A child may make many: the program's data, heap and descriptors are put
 * back between them, and only a failure ends it. What libc keeps for itself
 * is not put back, so a failure counts only when it comes again alone
 * (search.c).
 */
#include "run.h"

#include "call.h"
#include "heap.h"
#include "libc.h"
#include "seen.h"
#include "streams.h"
#include "tls.h"
#include "traces.h"
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int explore_main(int argc, char **argv) __attribute__((weak));

enum { LOUD_FD = 2 };

char *stacks;
const struct backend *backend = &fibres;

static int stacks_open(void)
{
    void *p = mmap((void *)OURS_AT(0), (size_t)MAX_THREADS * STACK,
                   PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                   MAP_FIXED_NOREPLACE, -1, 0);

    if (p == MAP_FAILED)
        return -1;
    stacks = p;
    for (int i = 0; i < MAX_THREADS; i++)
        if (mprotect(stacks + (size_t)i * STACK, GUARD, PROT_NONE) == -1)
            return -1;
    return 0;
}

int runs_open(void)
{
    return record_open() == -1 || stacks_open() == -1 || heap_open() == -1 ||
           memory_open() == -1 || tls_open() == -1 || seen_open() == -1 ? -1
                                                                      : 0;
}

/* One run */

_Noreturn void run_over(void)
{
    run.on = false;
    unsettle();
    steps_close();
    record->steps = run.steps;
    if (record->verdict == LOST) {
        record->verdict = FINE;
        if (tracing)
            traces_end();
    }
    backend->finish();
    __builtin_unreachable();
}

/* What main leaves behind is looked at when it returns. */
static void look_for_leaks(void)
{
    for (int i = 1; i < run.threads; i++) {
        const struct thread *t = &run.thread[i];
        if (i >= run.lasting && !t->joined && !t->detached)
            verdict(LEAK, "a thread that nobody joins",
                    "main returns, and nobody has joined T%d, which %s", i,
                    t->ended ? "has ended" : "still runs");
    }
    if (streams_open())
        verdict(LEAK, "a descriptor that nobody closes",
                "main returns, and descriptors are open: %d", streams_open());
}

_Noreturn void main_over(void)
{
    settle();
    look_for_leaks();
    run_over();
}

static void *first(void *unused)
{
    static char *argv[] = { "scenario", NULL };

    (void)unused;
    int status = explore_main(1, argv);
    settle();
    if (status)
        verdict(WRONG, "main returns a failure", "main returns %d", status);
    main_over();
}

static void reset(bool told)
{
    memory_reset();
    objects_reset();
    races_reset();
    heap_reset();
    streams_reset();
    threads_reset();
    steps_reset();
    seen_reset();
    traces_reset();
    semaphores_reset();
    signals_reset();
    libc_reset();
    record_reset();
    telling = told;
}

static void run_here(const struct strategy *s, bool told)
{
    struct thread *t;

    reset(told);
    strategy_begin(s);
    t = thread_new(first, NULL);
    self = t;
    run.on = true;
    backend->begin(t);
}

/* Children */

static void silence(void)
{
    int nothing = open("/dev/null", O_RDWR);

    for (int fd = 0; fd <= LOUD_FD && nothing >= 0; fd++)
        dup2(nothing, fd);
}

/* Files of the program get numbers below those of streams.c. */
static void few_files(void)
{
    struct rlimit few = { FIRST_FD, FIRST_FD };

    setrlimit(RLIMIT_NOFILE, &few);
}

static pid_t child(void)
{
    pid_t pid;

    fflush(NULL);
    record->verdict = LOST;
    pid = fork();
    if (pid == 0) {
        silence();
        few_files();
        watch();
    }
    return pid;
}

static void wait_for(pid_t pid)
{
    int status = 0;

    while (pid > 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
        continue;
    if (pid < 0) {
        record->verdict = INCONCLUSIVE;
        snprintf(record->about, sizeof record->about, "no child");
        snprintf(record->text, sizeof record->text,
                 "there is no process for a run: %s", strerror(errno));
        return;
    }
    record_check();
    if (record->verdict == LOST) {
        record->verdict = CRASH;
        snprintf(record->about, sizeof record->about, "the process was lost");
        snprintf(record->text, sizeof record->text,
                 "the program has ended the process that ran it "
                 "(wait status %d)", status);
    }
}

void run_once(const struct strategy *s, bool told)
{
    pid_t pid;

    record->races = 0;
    pid = child();
    if (pid == 0) {
        run_here(s, told);
        _exit(0);
    }
    wait_for(pid);
}

/* The mix: by turns random and PCT with one to three changes. */
static struct strategy strategy_number_n(const struct plan *plan, long n)
{
    struct strategy s = {
        .kind = DEPTH_FIRST,
        .seed = plan->seed * 0x5851f42d4c957f2du + (uint64_t)n,
    };

    if (!plan->depth_first) {
        s.kind = n % 2 ? PCT : RANDOM;
        s.depth = (int)(2 + n / 2 % 3);
    }
    return s;
}

void run_many(const struct plan *plan, long from, long to)
{
    pid_t pid;

    record->at = from;
    pid = child();
    if (pid != 0) {
        wait_for(pid);
        return;
    }
    for (long n = from; n < to; n++) {
        struct strategy s = strategy_number_n(plan, n);
        int points = record->points, races = record->races;
        record->at = n;
        run_here(&s, false);
        record->all_steps += record->steps;
        record->all_switches += (uint64_t)record->segments;
        if (record->verdict != FINE || record->points != points ||
            record->races != races)
            break;
        if (plan->depth_first) {
            strategy_next(plan->bound);
            if (record->exhausted)
                break;
        }
    }
    _exit(0);
}
