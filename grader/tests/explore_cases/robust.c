/* robust.c - programs that do what a program must not. */
#include "two.h"
#include "explore/record.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <err.h>
#include <semaphore.h>

static int n;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *nothing(void *unused)
{
    (void)lock, (void)n;
    return unused;
}

#if defined WILD
/* Announced: one over the explorer's data, one over its record. */
#define RECORD ((void *)OURS_AT(3))
extern char __bss_start[];

int main(void)
{
    memset(WILD, 0xff, 64);
    return nothing(NULL) != NULL;
}

#elif defined UNSEEN
/* The same behind the explorer's back. */
int main(void)
{
    char *p = (char *)OURS_AT(3);
    size_t size = 100000;

    __asm__ volatile("rep stosb" : "+D"(p), "+c"(size) : "a"(UNSEEN) : "memory");
    return nothing(NULL) != NULL;
}

#elif defined EXITS
int main(void)
{
    EXITS;
    return nothing(NULL) != NULL;
}

#elif defined DEEP
static int deep(int depth)
{
    volatile char here[DEEP];

    here[0] = (char)depth;
    return depth > 1000000 ? 0 : deep(depth + 1) + here[0];
}

static void *descend(void *unused)
{
    n = deep(0);
    return unused;
}

int main(void)
{
    two(descend, nothing);
    return 0;
}

#elif defined OVERRUN
/* Beyond an array of one's own, upwards, until the stack ends. */
static void *overrun(void *unused)
{
    volatile char here[16];

    for (n = 0; n < 5000; n++)
        here[n] = 1;
    return unused;
}

int main(void)
{
    two(overrun, nothing);
    return 0;
}

#elif defined NOT_MALLOCED
int main(void)
{
    char here[64];

    free(NOT_MALLOCED);
    return nothing(here) == NULL;
}

#elif defined NAMES
/* Of the program's own, and the explorer has such ones too. */
int step = 1, run, self;

int search(int x)
{
    return x + step;
}

void verdict(void)
{
    int now = n;

    n = search(now);
}

static void *count(void *unused)
{
    verdict();
    return unused;
}

int main(void)
{
    two(count, count);
    EXPECT(n == 2, "n is %d", n);
    return run + self;
}

#elif defined THEIRS
/* One thread sets the other's own variable. */
static _Thread_local int own;
static int *theirs;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;

static void *offer(void *unused)
{
    own = 0;
    pthread_mutex_lock(&lock);
    theirs = &own;
    pthread_cond_broadcast(&news);
    while (!n)
        pthread_cond_wait(&news, &lock);
    pthread_mutex_unlock(&lock);
    EXPECT(own == 7, "own is %d", own);
    return unused;
}

static void *set(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!theirs)
        pthread_cond_wait(&news, &lock);
    *theirs = 7;
    n = 1;
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    two(offer, set);
    return nothing(NULL) != NULL;
}

#elif defined BYTES
/* Nobody writes while somebody reads: each byte is an access of its own. */
static char text[8];

static void *look(void *unused)
{
    for (int i = 0; i < 8; i++)
        if (text[i] != (char)i)
            n++;
    return unused;
}

int main(void)
{
    pthread_t reader[BYTES];

    for (int i = 0; i < 8; i++)
        text[i] = (char)i;
    for (int i = 0; i < BYTES; i++)
        pthread_create(&reader[i], NULL, look, NULL);
    for (int i = 0; i < BYTES; i++)
        pthread_join(reader[i], NULL);
    return n;
}

#elif defined THEIRS_UNSEEN
/* The other writes to main's own variable, and to none where it has one of
 * its own at the same place. */
static _Thread_local int mine;

static void *set(void *theirs)
{
    *(int *)theirs = 7;
    return NULL;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, set, &mine);
    pthread_join(t, NULL);
    EXPECT(mine != 7, "mine is %d", mine);
    return 0;
}

#elif defined THREADS
int main(void)
{
    pthread_t t;

    for (int i = 0; i < THREADS; i++) {
        pthread_create(&t, NULL, nothing, NULL);
        pthread_join(t, NULL);
    }
    return 0;
}

#elif defined OBJECTS
static _Atomic char x[OBJECTS];

int main(void)
{
    for (int i = 0; i < OBJECTS; i++)
        x[i] = 1;
    return nothing(NULL) != NULL;
}

#elif defined BLOCKS
int main(void)
{
    for (int i = 0; i < BLOCKS; i++)
        if (!malloc(SIZE))
            return 1;
    return nothing(NULL) != NULL;
}

#elif defined KEYS
int main(void)
{
    pthread_key_t k;

    for (int i = 0; i < KEYS; i++)
        EXPECT(pthread_key_create(&k, NULL) == 0, "no key");
    return nothing(NULL) != NULL;
}

#elif defined DESCRIPTORS
int main(void)
{
    int fds[2];

    for (int i = 0; i < DESCRIPTORS; i++)
        EXPECT(pipe(fds) == 0, "no pipe");
    return nothing(NULL) != NULL;
}

#elif defined FILES
/* Files never get the numbers of streams: sooner, there are no more. */
int main(void)
{
    int fds[2];

    pipe(fds);
    for (int i = 0; i < 150; i++)
        EXPECT(open("/dev/null", O_RDWR) < fds[0], "a file has the number of a stream");
    close(fds[0]);
    close(fds[1]);
    return 0;
}

#elif defined SWITCHES
static void *turn(void *unused)
{
    for (int i = 0; i < 40000; i++) {
        __atomic_fetch_add(&n, 1, __ATOMIC_SEQ_CST);
        sched_yield();
    }
    return unused;
}

int main(void)
{
    two(turn, turn);
    return 0;
}

#elif defined MEMORY
/* More than there are cells for: it is said. */
static char x[1 << 20];

int main(void)
{
    memset(x, 1, sizeof x);
    return nothing(NULL) != NULL;
}

#elif defined BLOCKS_FOR_EVER
int main(void)
{
    sigset_t none;
    int fds[2] = { 0, 0 };

    sigemptyset(&none);
    fds[0] = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    char c;
    FILE *f = fopen("/dev/ptmx", "r+");
    (void)fds;
    return f ? (int)fread(&c, 1, 1, f) : 0;
}

#elif defined REMEMBERED
/* What libc keeps for itself is not put back between the runs of a batch. */
static void *add(void *unused)
{
    int before = n;

    n = before + 1;
    return unused;
}

int main(void)
{
    EXPECT(!getenv("RAN"), "left from another run");
    setenv("RAN", "1", 1);
    two(add, add);
    EXPECT(n == 2, "n is %d", n);
    return 0;
}

#elif defined PLACES
/* Each place races once the ones before it have been interrupted. */
static int x[PLACES];
#define STEP(i) if (x[i] == 0) { x[i] = 1; } else n++;

static void *walk(void *unused)
{
    STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
    return unused;
}

int main(void)
{
    two(walk, walk);
    return 0;
}

#elif defined UNKNOWN
int main(void)
{
    pthread_mutex_t *m = &lock;

    return UNKNOWN;
    (void)m;
}

#endif
