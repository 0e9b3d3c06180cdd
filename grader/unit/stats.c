/*
 * The four numbers by themselves, through stats.h: what they say, a test
 * each. That they agree while several count at once is for other witnesses.
 */
#include "stats.h"

#include <criterion/criterion.h>
#include <pthread.h>

#ifndef PATIENCE
#define PATIENCE 3          /* seconds for one test */
#endif

enum { MANY = 5 };

static void open_stats(void)
{
    cr_assert_eq(stats_open(), 0, "stats_open failed");
}

static void say(long served, long bytes, int active, int peak)
{
    struct stats s = { -1, -1, -1, -1 };

    stats_read(&s);
    cr_assert_eq(s.served, served, "served is %ld, not %ld", s.served, served);
    cr_assert_eq(s.bytes, bytes, "bytes is %ld, not %ld", s.bytes, bytes);
    cr_assert_eq(s.active, active, "active is %d, not %d", s.active, active);
    cr_assert_eq(s.peak, peak, "peak is %d, not %d", s.peak, peak);
}

Test(stats, begin_at_zero, .timeout = PATIENCE)
{
    open_stats();
    say(0, 0, 0, 0);
}

Test(stats, count_a_request_when_it_ends, .timeout = PATIENCE)
{
    open_stats();
    stats_begin();
    say(0, 0, 1, 1);
    stats_end(100);
    say(1, 100, 0, 1);
}

Test(stats, add_up_the_bytes, .timeout = PATIENCE)
{
    long sum = 0;

    open_stats();
    for (int i = 1; i <= 10; i++) {
        stats_begin();
        stats_end(i * 1000000000L);
        sum += i * 1000000000L;
        say(i, sum, 0, 1);
    }
    stats_begin();
    stats_end(0);           /* an empty body counts as a request */
    say(11, sum, 0, 1);
}

Test(stats, keep_the_peak, .timeout = PATIENCE)
{
    open_stats();
    for (int i = 1; i <= 3; i++) {
        stats_begin();
        say(0, 0, i, i);
    }
    stats_end(1);
    stats_end(1);
    say(2, 2, 1, 3);
    stats_begin();
    say(2, 2, 2, 3);
    stats_end(1);
    stats_end(1);
    say(4, 4, 0, 3);
}

Test(stats, are_not_changed_by_reading, .timeout = PATIENCE)
{
    open_stats();
    stats_begin();
    for (int i = 0; i < 10; i++)
        say(0, 0, 1, 1);
}

static void *count_one(void *bytes)
{
    stats_begin();
    stats_end(*(long *)bytes);
    return NULL;
}

Test(stats, may_be_counted_by_any_thread, .timeout = PATIENCE)
{
    long bytes[MANY];

    open_stats();
    for (int i = 0; i < MANY; i++) {
        pthread_t thread;

        bytes[i] = i;
        pthread_create(&thread, NULL, count_one, &bytes[i]);
        pthread_join(thread, NULL);
    }
    say(MANY, 0 + 1 + 2 + 3 + 4, 0, 1);
}
