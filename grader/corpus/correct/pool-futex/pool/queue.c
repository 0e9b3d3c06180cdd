/* queue.c - a bounded queue whose lock and counters are made by hand.
 *
 * What is under a mutex and a semaphore: an int, atomic steps on it, and a
 * call that sleeps as long as the int is what it was (FUTEX_WAIT) or wakes
 * who sleeps so (FUTEX_WAKE). The kernel compares and goes to sleep in one
 * step, so no wake-up is lost between the look and the sleep. Use the ones of
 * the library: they do the same, and tools know them. (Helgrind does not know
 * these, and takes all that they guard for races.)
 */
#include "queue.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct queue {
    atomic_int room;        /* counts the empty slots */
    atomic_int items;       /* counts the filled ones */
    atomic_int lock;        /* 0 free, 1 taken, 2 taken and somebody waits */
    int head, n;            /* guarded by lock, as all below */
    int size;
    int conn[];             /* size slots */
};

/* Sleep while *at is `value`. May return early: look again. */
static void sleep_while(atomic_int *at, int value)
{
    syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake_one(atomic_int *at)
{
    syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Take one from a counter; wait while it is 0. */
static void down(atomic_int *count)
{
    int seen = atomic_load(count);

    for (;;) {
        if (seen == 0) {
            sleep_while(count, 0);
            seen = atomic_load(count);
        } else if (atomic_compare_exchange_weak(count, &seen, seen - 1)) {
            return;         /* if it was not what we saw, we see it now */
        }
    }
}

/* One sleeper for each that is added: whoever comes between the two steps
 * and takes it leaves the sleeper to look again, and to sleep again. */
static void up(atomic_int *count)
{
    atomic_fetch_add(count, 1);
    wake_one(count);
}

/* U. Drepper, "Futexes are tricky", his second mutex. */
static void lock(atomic_int *l)
{
    int seen = 0;

    if (atomic_compare_exchange_strong(l, &seen, 1))
        return;             /* free, and no system call was needed */
    if (seen != 2)
        seen = atomic_exchange(l, 2);
    while (seen != 0) {     /* who has slept takes it as 2: others may wait */
        sleep_while(l, 2);
        seen = atomic_exchange(l, 2);
    }
}

static void unlock(atomic_int *l)
{
    if (atomic_exchange(l, 0) == 2)
        wake_one(l);
}

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->size = capacity;
    atomic_init(&q->room, capacity);
    atomic_init(&q->items, 0);
    atomic_init(&q->lock, 0);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    down(&q->room);
    lock(&q->lock);
    q->conn[(q->head + q->n++) % q->size] = conn;
    unlock(&q->lock);
    up(&q->items);
}

int queue_get(struct queue *q)
{
    down(&q->items);
    lock(&q->lock);
    int conn = q->conn[q->head];
    q->head = (q->head + 1) % q->size;
    q->n--;
    unlock(&q->lock);
    up(&q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    free(q);
}
