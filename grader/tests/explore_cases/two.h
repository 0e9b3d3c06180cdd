/* two.h - what all cases begin with: two threads, one after the other joined. */
#ifndef TWO_H
#define TWO_H

#include "explore/explore.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static inline void two(void *(*one)(void *), void *(*other)(void *))
{
    pthread_t a, b;

    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, other, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
}

static inline struct timespec in(clockid_t clock, long seconds)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_sec += seconds;
    return t;
}

#endif
