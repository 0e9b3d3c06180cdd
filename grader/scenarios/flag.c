/* flag.c - one thread prepares something and says so, the other waits for it.
 *
 * With -DPLAIN the flag is a plain int, and with -DRELAXED it orders nothing.
 */
#include "explore/explore.h"

#include <pthread.h>
#include <stdatomic.h>

static int prepared;

#if defined PLAIN
static int flag;
#define SAY() (flag = 1)
#define SAID() flag
#elif defined RELAXED
static atomic_int flag;
#define SAY() atomic_store_explicit(&flag, 1, memory_order_relaxed)
#define SAID() atomic_load_explicit(&flag, memory_order_relaxed)
#else
static atomic_int flag;
#define SAY() atomic_store_explicit(&flag, 1, memory_order_release)
#define SAID() atomic_load_explicit(&flag, memory_order_acquire)
#endif

static void *prepare(void *unused)
{
    (void)unused;
    prepared = 7;
    SAY();
    return NULL;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, prepare, NULL);
    while (!SAID())
        continue;
    EXPECT(prepared == 7, "what was prepared is %d", prepared);
    pthread_join(thread, NULL);
    return 0;
}
