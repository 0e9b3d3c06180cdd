/* verdicts.c - one program for each thing that can be found. */
#include "two.h"

#include <semaphore.h>
#include <stdint.h>
#include <string.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, k = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int data, flag;
static int *shared;

static void *nothing(void *unused)
{
    (void)m, (void)k, (void)c, (void)data, (void)flag, (void)shared;
    return unused;
}

#if defined SELF
int main(void)
{
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
    return nothing(NULL) != NULL;
}

#elif defined LEFT_LOCKED
static void *leave(void *unused)
{
    pthread_mutex_lock(&m);
    return unused;
}

int main(void)
{
    two(leave, leave);
    return nothing(NULL) != NULL;
}

#elif defined LOST
static void *waiter(void *unused)
{
    while (!__atomic_load_n(&flag, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&m);
        pthread_cond_wait(&c, &m);
        pthread_mutex_unlock(&m);
    }
    return unused;
}

static void *sayer(void *unused)
{
    __atomic_store_n(&flag, 1, __ATOMIC_SEQ_CST);
    pthread_cond_signal(&c);
    return unused;
}

int main(void)
{
    two(waiter, sayer);
    return nothing(NULL) != NULL;
}

#elif defined SPINS || defined LOOPS || defined COUNTS
static void *spin(void *unused)
{
#ifdef SPINS
    while (!__atomic_load_n(&flag, __ATOMIC_SEQ_CST))
        continue;
#elif defined COUNTS
    for (;;)
        __atomic_fetch_add(&flag, 1, __ATOMIC_SEQ_CST);
#else
    for (volatile int i = 0;; i++)      /* on its own stack, and unseen */
        __asm__ volatile("" ::: "memory");
#endif
    return unused;
}

int main(void)
{
    two(spin, nothing);
    return 0;
}

#elif defined OVERTAKEN
int main(void)
{
    explore_fair();
    explore_overtaken(OVERTAKEN, 2, 5);
    return nothing(NULL) != NULL;
}

#elif defined CRASHES
int main(void)
{
    *(volatile int *)(uintptr_t)data = 1;
    return nothing(NULL) != NULL;
}

#elif defined FREED || defined FREED_LOCK || defined FREED_SEM || defined FREED_TWICE
static sem_t *sem;
static pthread_mutex_t *lock;

static void *use(void *unused)
{
#ifdef FREED_LOCK
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
#elif defined FREED_SEM
    sem_post(sem);
#else
    *shared = 1;
#endif
    return unused;
}

static void *give_back(void *unused)
{
    free(shared);
    free(lock);
    free(sem);
#ifdef FREED_TWICE
    free(shared);
#endif
    return unused;
}

int main(void)
{
    shared = malloc(sizeof *shared);
    lock = malloc(sizeof *lock);
    sem = malloc(sizeof *sem);
    pthread_mutex_init(lock, NULL);
    sem_init(sem, 0, 0);
    two(use, give_back);
    return nothing(NULL) != NULL;
}

#elif defined BEYOND
int main(void)
{
    char *p = malloc(5);

    p[BEYOND] = 1;
    free(p);
    return nothing(NULL) != NULL;
}

#elif defined NO_BLOCK || defined EMPTY
int main(void)
{
    char *p = malloc(5);

#ifdef EMPTY
    free(malloc(0));
    free(p);
#else
    free(p + 1);
#endif
    return nothing(NULL) != NULL;
}

#elif defined OTHERS_LOCK || defined UNLOCKED || defined INIT_TWICE || defined IN_USE || defined GONE || \
    defined UNMADE || defined WAITED_FOR || defined NOWHERE
static sem_t s;

static void *hold(void *unused)
{
#if defined OTHERS_LOCK
    pthread_mutex_unlock(&m);
#elif defined INIT_TWICE
    pthread_mutex_init(&m, NULL);
#elif defined IN_USE
    pthread_mutex_destroy(&m);
#elif defined WAITED_FOR
    sem_destroy(&s);
#endif
    return unused;
}

static void *wait(void *unused)
{
#ifdef WAITED_FOR
    sem_wait(&s);
#endif
    return unused;
}

int main(void)
{
#if defined UNLOCKED
    pthread_mutex_unlock(&m);
#elif defined GONE
    pthread_mutex_destroy(&m);
    pthread_mutex_lock(&m);
#elif defined UNMADE
    sem_post(&s);
#elif defined NOWHERE
    sem_t *nobodys = NULL;
    sem_post(nobodys + 1);
#elif defined WAITED_FOR
    sem_init(&s, 0, 0);
#else
    pthread_mutex_lock(&m);
#endif
    two(wait, hold);
    return nothing(NULL) != NULL;
}

#elif defined LEFT_THREAD
int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, nothing, NULL);
    return 0;
}

#elif defined STRINGS
/* What libc writes for the program is seen. */
static char text[16];

static void *print(void *unused)
{
    snprintf(text, sizeof text, "%d", data);
    return unused;
}

static void *look(void *unused)
{
    data += strlen(text) > 20;
    return unused;
}

int main(void)
{
    two(print, look);
    return nothing(NULL) != NULL;
}

#elif defined PRINTS
/* The text of a finding may hold anything. */
int main(void)
{
    EXPECT(data, "bytes: \xff \"\\\n \xc3\xa9 %s", "\xe2\x82");
    return nothing(NULL) != NULL;
}
#endif
