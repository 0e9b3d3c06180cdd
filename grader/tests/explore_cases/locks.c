/* locks.c - read-write locks, barriers, once, keys. */
#include "two.h"

static volatile int n;      /* each write counts */
static int seen, made;

#if defined READERS || defined WRITER || defined UPGRADE || defined RW_TIMED || defined RW_OTHER
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;

static void *reader(void *unused)
{
    pthread_rwlock_rdlock(&l);
    seen |= n == 1 ? 4 : 1;
#ifdef UPGRADE
    pthread_rwlock_wrlock(&l);
#endif
    pthread_rwlock_unlock(&l);
    return unused;
}

static void *writer(void *unused)
{
#ifdef WRITER
    pthread_rwlock_rdlock(&l);      /* the wrong one */
#elif defined RW_TIMED
    struct timespec t = in(CLOCK_REALTIME, 1);
    if (pthread_rwlock_timedwrlock(&l, &t) == ETIMEDOUT)
        return unused;
#else
    pthread_rwlock_wrlock(&l);
#endif
    n = 1;
    n = 2;
    pthread_rwlock_unlock(&l);
    return unused;
}

static void *unlocker(void *unused)
{
    pthread_rwlock_unlock(&l);
    return unused;
}

int main(void)
{
    (void)unlocker;
#ifdef RW_OTHER
    pthread_rwlock_rdlock(&l);
    two(unlocker, unlocker);
#endif
#ifdef RW_TIMED
    pthread_rwlock_rdlock(&l);
    two(writer, writer);
    EXPECT(n == 0, "written while read");
    pthread_rwlock_unlock(&l);
#endif
    two(reader, writer);
    EXPECT(pthread_rwlock_tryrdlock(&l) == 0, "nobody is inside");
    EXPECT(pthread_rwlock_tryrdlock(&l) == 0, "a reader is inside");
    EXPECT(pthread_rwlock_trywrlock(&l) == EBUSY, "two readers are inside");
    pthread_rwlock_unlock(&l);
    pthread_rwlock_unlock(&l);
    EXPECT(pthread_rwlock_destroy(&l) == 0, "destroy");
    return seen & 4;
}

#elif defined BARRIER || defined BARRIER_FEW
static pthread_barrier_t b;
static int part[2], serial;

static void *meet(void *me)
{
    int i = *(int *)me;

    for (int round = 1; round <= 2; round++) {
        part[i] = round;
        if (pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED);
        EXPECT(part[1 - i] == round, "the other is in round %d", part[1 - i]);
        pthread_barrier_wait(&b);
    }
    return NULL;
}

int main(void)
{
    pthread_t a, c;

#ifdef BARRIER_FEW
    pthread_barrier_init(&b, NULL, 3);
#else
    pthread_barrier_init(&b, NULL, 2);
#endif
    pthread_create(&a, NULL, meet, &(int){ 0 });
    pthread_create(&c, NULL, meet, &(int){ 1 });
    pthread_join(a, NULL);
    pthread_join(c, NULL);
    pthread_barrier_destroy(&b);
    EXPECT(serial == 2, "%d of two rounds had a serial thread", serial);
    return n + seen + made;
}

#elif defined BARRIER_LAST
/* Whoever is the serial thread may destroy it. */
static void *meet(void *b)
{
    if (pthread_barrier_wait(b) == PTHREAD_BARRIER_SERIAL_THREAD)
        pthread_barrier_destroy(b);
    return NULL;
}

int main(void)
{
    pthread_t a;
    pthread_barrier_t b;

    pthread_barrier_init(&b, NULL, 2);
    pthread_create(&a, NULL, meet, &b);
    meet(&b);
    pthread_join(a, NULL);
    return n + seen + made;
}

#elif defined ONCE || defined ONCE_SELF
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *use(void *unused);

static void make(void)
{
    made++;
#ifdef ONCE_SELF
    use(NULL);
#endif
}

static void *use(void *unused)
{
    pthread_once(&once, make);
    EXPECT(made == 1, "made %d times", made);
    return unused;
}

int main(void)
{
    two(use, use);
    return n + seen;
}

#elif defined KEYS
static pthread_key_t key, other;

static void forget(void *p)
{
    made++;
    if (made == 1)
        pthread_setspecific(other, p);      /* once more */
    else
        free(p);
}

static void *own(void *unused)
{
    EXPECT(pthread_getspecific(key) == NULL, "nothing yet");
    pthread_setspecific(key, malloc(8));
    EXPECT(pthread_getspecific(key) != NULL, "something");
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_key_create(&key, forget);
    pthread_key_create(&other, forget);
    pthread_setspecific(key, &n);
    pthread_create(&t, NULL, own, NULL);
    pthread_join(t, NULL);
    EXPECT(made == 2, "destructors ran %d times", made);
    EXPECT(pthread_getspecific(key) == &n, "one's own");
    EXPECT(pthread_key_delete(key) == 0 && pthread_setspecific(key, &n) == EINVAL, "deleted");
    return seen;
}
#endif
