/* atomics.c - C11 atomics instead of locks: a spin lock, and two counters.
 *
 * One counter is plain and the spin lock guards it; the other is raised by
 * compare and exchange. With -DSPLIT that one is loaded and stored apart,
 * which is no data race, and loses as much.
 */
#include "explore/explore.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 2 };

static atomic_flag busy = ATOMIC_FLAG_INIT;
static atomic_int exact;
static int guarded;

static void raise_exact(void)
{
    int was = atomic_load(&exact);

#ifdef SPLIT
    atomic_store(&exact, was + 1);
#else
    while (!atomic_compare_exchange_weak(&exact, &was, was + 1))
        continue;
#endif
}

static void *count(void *unused)
{
    (void)unused;
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        continue;
    guarded++;
    atomic_flag_clear_explicit(&busy, memory_order_release);
    raise_exact();
    return NULL;
}

int main(void)
{
    pthread_t thread[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, count, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    EXPECT(guarded == THREADS, "the guarded counter is %d", guarded);
    EXPECT(atomic_load(&exact) == THREADS, "the atomic counter is %d",
           atomic_load(&exact));
    return 0;
}
