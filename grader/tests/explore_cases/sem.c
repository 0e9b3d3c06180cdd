/* sem.c - semaphores. */
#include "two.h"

#include <fcntl.h>
#include <semaphore.h>

static sem_t s;
static int n, got = -1;

static void *post(void *unused)
{
    n = 1;
    sem_post(&s);
    return unused;
}

static void *wait(void *unused)
{
#ifdef TIMED
    struct timespec t = in(CLOCK_REALTIME, 1);
    got = sem_timedwait(&s, &t) == 0 ? 0 : errno;
#elif defined TRY
    got = sem_trywait(&s) == 0 ? 0 : errno;
#else
    got = sem_wait(&s);
#endif
    if (got == 0)
        EXPECT(n == 1, "taken before it was posted");
    return unused;
}

#if defined PLAIN || defined TIMED || defined TRY
int main(void)
{
    int value;

    sem_init(&s, 0, 0);
    two(post, wait);
    sem_getvalue(&s, &value);
    EXPECT(value == (got != 0), "the value is %d", value);
    EXPECT(got == 0 || got == ETIMEDOUT || got == EAGAIN, "wait says %d", got);
#ifdef NEVER
    EXPECT(got != NEVER, "wait says %d", got);
#endif
    sem_destroy(&s);
    return 0;
}

#elif defined MUTEX
static void *add(void *unused)
{
    sem_wait(&s);
    n++;
    sem_post(&s);
    return unused;
}

int main(void)
{
    sem_init(&s, 0, MUTEX);
    two(add, add);
    EXPECT(n == 2, "the sum is %d", n);
    (void)post, (void)wait;
    return got == 7;
}

#elif defined NAMED
static void *give(void *unused)
{
    sem_t *mine = sem_open("/a-name", 0);

    EXPECT(mine != SEM_FAILED, "it is there");
    n = 1;
    sem_post(mine);
    sem_close(mine);
    return unused;
}

static void *take(void *unused)
{
    sem_t *mine = sem_open("/a-name", 0);

    sem_wait(mine);
    EXPECT(n == 1, "taken before it was posted");
    sem_close(mine);
    return unused;
}

int main(void)
{
    EXPECT(sem_open("/a-name", 0) == SEM_FAILED && errno == ENOENT, "it is not there yet");
    EXPECT(sem_open("/a-name", O_CREAT, 0600, 0) != SEM_FAILED, "it can be made");
    EXPECT(sem_open("/a-name", O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST, "once");
    two(give, take);
    EXPECT(sem_unlink("/a-name") == 0 && sem_unlink("/a-name") == -1, "unlink");
    (void)post, (void)wait, (void)s;
    return got == 7;
}
#endif
