/* clock.c - time passes when nothing else does, and when somebody looks.
 *
 * To sleep is to give way, and orders nothing. Real time does not matter.
 */
#include "locks.h"

#include "call.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { SECOND = 1000000000, LOOK = 1000, LONGEST = 20 };

static const int64_t LATEST = (int64_t)5 * 365 * 24 * 3600 * SECOND;

/* What the clocks show when a run begins, in seconds. */
static int64_t epoch(clockid_t clock)
{
    bool of_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;

    return of_day ? 1700000000 : 1000;
}

/* So many seconds and more after `from`; what is five years away never comes. */
static int64_t after(int64_t from, time_t seconds, int64_t ns)
{
    int64_t until;

    if (__builtin_mul_overflow((int64_t)seconds, SECOND, &until) ||
        __builtin_add_overflow(until, ns, &until) ||
        __builtin_add_overflow(until, from, &until))
        return seconds < 0 ? from : LATEST;
    return until < LATEST ? until : LATEST;
}

static int64_t on_clock(clockid_t clock, const struct timespec *t)
{
    return after(-epoch(clock) * SECOND, t->tv_sec, t->tv_nsec);
}

int64_t moment(clockid_t clock, const struct timespec *t)
{
    int64_t until = on_clock(clock, t);

    return until == LATEST ? FOREVER : until;
}

/* A look takes a little time, and the more the more often a thread looks, or a
 * loop until some moment would not end. */
static int64_t look(clockid_t clock, uint32_t pc)
{
    unsigned doublings = self->looks++ / 8;

    step(pc);
    run.now += (int64_t)LOOK << (doublings < LONGEST ? doublings : LONGEST);
    tell_value(tell(TIME, NULL, pc), (uint64_t)run.now);
    return epoch(clock) * SECOND + run.now;
}

void sleep_until(int64_t until, uint32_t pc)
{
    step_aside(pc, until < run.now ? run.now : until);
    tell(SLEEP, NULL, pc);
}

void give_others_a_turn(uint32_t pc)
{
    step_aside(pc, FOREVER);
    tell(YIELD, NULL, pc);
}

static void show(clockid_t clock, struct timespec *t, uint32_t pc)
{
    int64_t now = look(clock, pc);

    touch_memory(t, sizeof *t, true, pc);
    *t = (struct timespec){ .tv_sec = now / SECOND, .tv_nsec = now % SECOND };
}

int explored_clock_gettime(clockid_t clock, struct timespec *t)
{
    show(clock, t, PC);
    return 0;
}

int explored_timespec_get(struct timespec *t, int base)
{
    if (base != TIME_UTC)
        return 0;
    show(CLOCK_REALTIME, t, PC);
    return base;
}

clock_t explored_clock(void)
{
    return (clock_t)(look(CLOCK_PROCESS_CPUTIME_ID, PC) / 1000);
}

/* The CPU's time is ours alone; of nothing else was anything used. */
int explored_getrusage(int who, struct rusage *use)
{
    int64_t now = look(CLOCK_PROCESS_CPUTIME_ID, PC);

    (void)who;
    touch_memory(use, sizeof *use, true, PC);
    *use = (struct rusage){
        .ru_utime = { now / SECOND, now % SECOND / 1000 },
    };
    return 0;
}

int explored_gettimeofday(struct timeval *t, void *zone)
{
    int64_t now = look(CLOCK_REALTIME, PC);

    (void)zone;
    touch_memory(t, sizeof *t, true, PC);
    *t = (struct timeval){
        .tv_sec = now / SECOND, .tv_usec = now % SECOND / 1000,
    };
    return 0;
}

time_t explored_time(time_t *t)
{
    time_t now = look(CLOCK_REALTIME, PC) / SECOND;

    if (t) {
        touch_memory(t, sizeof *t, true, PC);
        *t = now;
    }
    return now;
}

int explored_nanosleep(const struct timespec *t, struct timespec *left)
{
    (void)left;
    sleep_until(after(run.now, t->tv_sec, t->tv_nsec), PC);
    return 0;
}

int explored_clock_nanosleep(clockid_t clock, int flags,
                             const struct timespec *t, struct timespec *left)
{
    (void)left;
    if (flags & TIMER_ABSTIME)
        sleep_until(on_clock(clock, t), PC);
    else
        sleep_until(after(run.now, t->tv_sec, t->tv_nsec), PC);
    return 0;
}

int explored_usleep(useconds_t us)
{
    sleep_until(run.now + (int64_t)us * 1000, PC);
    return 0;
}

unsigned explored_sleep(unsigned s)
{
    sleep_until(run.now + (int64_t)s * SECOND, PC);
    return 0;
}

int explored_sched_yield(void)
{
    give_others_a_turn(PC);
    return 0;
}
