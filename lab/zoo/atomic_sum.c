/* Two threads count, twice each. Is a count ever lost? */
#include "explore/explore.h"

#include <pthread.h>

static _Atomic int n;

static void *count(void *unused)
{
    for (int i = 0; i < 2; i++)
        n = n + 1;
    return unused;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, count, NULL);
    pthread_create(&two, NULL, count, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    EXPECT(n == 4, "%d of 4 are counted", n);
    return 0;
}
