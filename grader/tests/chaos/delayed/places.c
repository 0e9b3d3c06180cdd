/* Prints how often the thread has gone to sleep, by 200 writes to its own
 * stack and to each other kind of memory; main's and another thread's. And
 * whether errno is what it was. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct odd { char c; int i; } __attribute__((packed));
static volatile int global;
static volatile struct odd odd;
struct big { long at[40]; };
static volatile struct big here, there;

static long slept(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

static void say(const char *what, long before)
{
    printf("%s %ld\n", what, errno == 77 ? slept() - before : -1);
}

static void fill(volatile int *p)
{
    for (int i = 0; i < 200; i++)
        p[i] = i;
}

static void *run(void *heap)
{
    volatile int mine[200];
    long before = slept();

    errno = 77;
    fill(mine);
    say("stack", before), before = slept();
    fill(heap);
    say("heap", before), before = slept();
    for (int i = 0; i < 200; i++)
        global = i;
    say("global", before), before = slept();
    for (int i = 0; i < 200; i++)
        odd.i = i;
    say("unaligned", before), before = slept();
    for (int i = 0; i < 200; i++)
        here = there;
    say("struct", before), before = slept();
    for (int i = 0; i < 200; i++)
        (void)global;
    say("reads", before);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int *heap = malloc(200 * sizeof *heap);

    run(heap);
    pthread_create(&thread, NULL, run, heap);
    pthread_join(thread, NULL);
    return 0;
}
