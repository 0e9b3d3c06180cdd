/* histogram.h - how long things took, in 30 KiB, however many there were.
 *
 * Log-linear: each power of two is cut into 64 equal steps, so a value is kept
 * to 1.6 % whether it is a microsecond or a minute. Averages hide the slow
 * requests, and it is those that users remember: ask for percentiles.
 *
 * Zero it before use ({0} will do). One thread at a time.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_POWERS = 58 };

struct histogram {
    long count[HISTOGRAM_POWERS * HISTOGRAM_STEPS];
    long total;
    long long max;
};

/* Count one value, in nanoseconds; a negative one counts as 0. Never fails. */
void histogram_add(struct histogram *h, long long ns);

/* The value that `percent` of all values do not exceed; 0 if there are none. */
long long histogram_percentile(const struct histogram *h, double percent);

/* The values fall into groups, four for each power of two. How many are in
 * group 0, 1, ...; *most is the largest value that belongs there. */
enum { HISTOGRAM_GROUPS = HISTOGRAM_POWERS * 4 };
long histogram_group(const struct histogram *h, int group, long long *most);

#endif
