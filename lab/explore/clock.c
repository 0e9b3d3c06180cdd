/* clock.c - time passes when nothing else does, and when somebody looks.
 *
 * To sleep is to give way, and orders nothing. Real time does not matter.
 */
#include "locks.h"

#include "call.h"

#include <sys/time.h>
#include <unistd.h>

enum { SECOND = 1000000000, LOOK = 1000, LONGEST = 20 };

/* What the clocks show when a run begins, in seconds. */
static int64_t epoch(clockid_t clock)
{
    bool of_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;

    return of_day ? 1700000000 : 1000;
}

int64_t moment(clockid_t clock, const struct timespec *t)
{
    return (t->tv_sec - epoch(clock)) * SECOND + t->tv_nsec;
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

int explored_clock_gettime(clockid_t clock, struct timespec *t)
{
    int64_t now = look(clock, PC);

    touch_memory(t, sizeof *t, true, PC);
    *t = (struct timespec){ .tv_sec = now / SECOND, .tv_nsec = now % SECOND };
    return 0;
}

int explored_gettimeofday(struct timeval *t, void *zone)
{
    int64_t now = look(CLOCK_REALTIME, PC);

    (void)zone;
    *t = (struct timeval){
        .tv_sec = now / SECOND, .tv_usec = now % SECOND / 1000,
    };
    return 0;
}

time_t explored_time(time_t *t)
{
    time_t now = look(CLOCK_REALTIME, PC) / SECOND;

    if (t)
        *t = now;
    return now;
}

int explored_nanosleep(const struct timespec *t, struct timespec *left)
{
    (void)left;
    sleep_until(run.now + t->tv_sec * SECOND + t->tv_nsec, PC);
    return 0;
}

int explored_clock_nanosleep(clockid_t clock, int flags,
                             const struct timespec *t, struct timespec *left)
{
    (void)left;
    if (flags & TIMER_ABSTIME)
        sleep_until(moment(clock, t), PC);
    else
        sleep_until(run.now + t->tv_sec * SECOND + t->tv_nsec, PC);
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
