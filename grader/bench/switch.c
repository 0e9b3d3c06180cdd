/* switch.c - what one switch of fibres takes, in nanoseconds: there and back,
 * so many times. The measure for all else the explorer does. */
#include "die.h"
#include "explore/run.h"
#include "explore/seen.h"

#include <stdio.h>
#include <time.h>

enum { TIMES = 2000000 };

void fibre_switch(void **from, void *to);

static void *home;

static void *back_and_forth(void *unused)
{
    struct thread *me = self;

    (void)unused;
    for (;;)
        fibre_switch(&me->backend, home);
    return NULL;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
    double begin;

    if (runs_open() == -1)
        die("memory");
    seen_reset();
    self = thread_new(back_and_forth, NULL);
    fibre_switch(&home, self->backend);
    begin = now();
    for (int i = 0; i < TIMES; i++)
        fibre_switch(&home, self->backend);
    printf("%.2f\n", (now() - begin) / TIMES / 2);
    return 0;
}
