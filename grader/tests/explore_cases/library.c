/* library.c - what libc does to the program's memory, or keeps to itself. */
#include "two.h"

#include <string.h>
#include <time.h>

#if defined SORT
static int a[3] = { 3, 1, 2 };

static int by_size(const void *x, const void *y)
{
    return *(const int *)x - *(const int *)y;
}

static void *work(void *unused)
{
    qsort(a, 3, sizeof *a, by_size);
    return unused;
}

#elif defined SPLIT
static void *work(void *unused)
{
    char text[] = "one two";

    strtok(text, " ");
    strtok(NULL, " ");
    return unused;
}

#elif defined LOCAL_TIME
static void *work(void *unused)
{
    time_t now = 0;

    (void)localtime(&now)->tm_year;
    return unused;
}

#elif defined KEY
static pthread_key_t key;

static void *work(void *unused)
{
    pthread_key_create(&key, NULL);
    return unused;
}

#elif defined FDS
static int fds[2];

static void *work(void *unused)
{
    pipe(fds);
    return unused;
}

#elif defined ALIGNED
static void *place;

static void *work(void *unused)
{
    posix_memalign(&place, 64, 64);
    return unused;
}

#elif defined LOCAL_TIME_R
static struct tm shown;

static void *work(void *unused)
{
    time_t now = 0;

    localtime_r(&now, &shown);
    return unused;
}

#elif defined DOUBLES
static _Atomic double sum;

static void *work(void *unused)
{
    sum += 0.5;
    return unused;
}
#endif

int main(void)
{
    two(work, work);
#ifdef DOUBLES
    EXPECT(sum == 1.0, "the sum is %g", sum);
#endif
#ifdef FDS
    explore_lasting();
#endif
    return 0;
}
