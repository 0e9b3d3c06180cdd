#include "histogram.h"

/* Values below 64 are their own step; above, the leading bit chooses the power
 * and the six bits behind it the step. */
static int step_of(long long ns)
{
    if (ns < HISTOGRAM_STEPS)
        return (int)ns;

    int power = 63 - __builtin_clzll((unsigned long long)ns);
    int shift = power - 6;
    return shift * HISTOGRAM_STEPS + (int)(ns >> shift);
}

/* The largest value that falls into a step. */
static long long step_end(int step)
{
    if (step < HISTOGRAM_STEPS)
        return step;

    int shift = step / HISTOGRAM_STEPS - 1;
    long long within = HISTOGRAM_STEPS + step % HISTOGRAM_STEPS;
    return (within << shift) + ((1LL << shift) - 1);
}

void histogram_add(struct histogram *h, long long ns)
{
    if (ns < 0)
        ns = 0;
    h->count[step_of(ns)]++;
    h->total++;
    if (ns > h->max)
        h->max = ns;
}

long long histogram_percentile(const struct histogram *h, double percent)
{
    double share = (double)h->total * percent / 100;
    long seen = 0;

    for (int step = 0; step < HISTOGRAM_POWERS * HISTOGRAM_STEPS; step++) {
        seen += h->count[step];
        if (h->count[step] > 0 && (double)seen >= share)
            return step_end(step) < h->max ? step_end(step) : h->max;
    }
    return 0;
}

long histogram_group(const struct histogram *h, int group, long long *most)
{
    const int width = HISTOGRAM_STEPS / 4;
    long count = 0;

    for (int i = 0; i < width; i++)
        count += h->count[group * width + i];
    *most = step_end(group * width + width - 1);
    return count;
}
