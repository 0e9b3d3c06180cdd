/* c11.c - <threads.h>. */
#include "explore/explore.h"

#include <threads.h>
#include <time.h>

static mtx_t m;
static cnd_t c;
static once_flag once = ONCE_FLAG_INIT;
static tss_t key;
static int n, made, freed;

static void make(void)
{
    made++;
}

static void forget(void *p)
{
    (void)p;
    mtx_lock(&m);
    freed++;
    mtx_unlock(&m);
}

static int add(void *arg)
{
    call_once(&once, make);
    tss_set(key, &made);
#ifndef UNLOCKED
    mtx_lock(&m);
#endif
    n++;
    cnd_broadcast(&c);
#ifndef UNLOCKED
    mtx_unlock(&m);
#endif
    if (arg)
        thrd_exit(-3);
    return -4;
}

int main(void)
{
    thrd_t a, b;
    int first, second;

    mtx_init(&m, mtx_timed | mtx_recursive);
    cnd_init(&c);
    tss_create(&key, forget);
    thrd_create(&a, add, &n);
    thrd_create(&b, add, NULL);
    mtx_lock(&m);
#ifdef IF
    if (n < 2)
#else
    while (n < 2)
#endif
        cnd_wait(&c, &m);
    EXPECT(n == 2, "n is %d", n);
    EXPECT(mtx_trylock(&m) == thrd_success, "recursive");
    mtx_unlock(&m);
    EXPECT(cnd_timedwait(&c, &m, &(struct timespec){ 1800000000, 0 }) == thrd_timedout, "nobody is left");
    mtx_unlock(&m);
    thrd_sleep(&(struct timespec){ 1, 0 }, NULL);
    thrd_yield();
    thrd_join(a, &first);
    thrd_join(b, &second);
    EXPECT(first == -3 && second == -4, "they returned %d and %d", first, second);
    EXPECT(made == 1 && freed == 2, "made %d, freed %d", made, freed);
    EXPECT(!thrd_equal(a, b) && thrd_equal(thrd_current(), thrd_current()), "who is who");
    cnd_destroy(&c);
    mtx_destroy(&m);
    tss_delete(key);
    return 0;
}
