/* queue.c - a bounded queue without a lock.
 *
 * Everybody draws a ticket. Ticket t belongs to slot t % size, round r =
 * t / size. A slot's turn counts what has happened to it: 2r means that the
 * put of round r may use it, 2r + 1 that the get of round r may. So each slot
 * is used by one thread at a time, and in order of tickets: first in, first
 * out. Whoever's turn it is not sleeps on the turn, by futex. The memory that
 * the turn publishes is conn: written before turn is stored, read after.
 */
#include "queue.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct slot {
    atomic_uint turn;
    int conn;
};

struct queue {
    unsigned long size;
    atomic_ulong puts, gets;    /* tickets drawn so far */
    struct slot slot[];
};

/* Wait until it is `turn`. The kernel compares once more before it lets us
 * sleep, so a change in between is not missed; an early return is harmless. */
static void await(struct slot *slot, unsigned turn)
{
    unsigned now;

    while ((now = atomic_load(&slot->turn)) != turn)
        syscall(SYS_futex, &slot->turn, FUTEX_WAIT_PRIVATE, now, NULL, NULL,
                0);
}

/* All are woken: with more threads than slots, those of several rounds may
 * sleep on one slot. */
static void pass_on(struct slot *slot, unsigned turn)
{
    atomic_store(&slot->turn, turn);
    syscall(SYS_futex, &slot->turn, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL,
            0);
}

struct queue *queue_new(int capacity)
{
    size_t size = (size_t)capacity;
    struct queue *q = malloc(sizeof *q + size * sizeof q->slot[0]);

    if (!q)
        return NULL;
    q->size = size;
    atomic_init(&q->puts, 0);
    atomic_init(&q->gets, 0);
    for (size_t i = 0; i < size; i++)
        atomic_init(&q->slot[i].turn, 0);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    unsigned long ticket = atomic_fetch_add(&q->puts, 1);
    struct slot *slot = &q->slot[ticket % q->size];
    unsigned turn = 2 * (unsigned)(ticket / q->size);

    await(slot, turn);
    slot->conn = conn;
    pass_on(slot, turn + 1);
}

int queue_get(struct queue *q)
{
    unsigned long ticket = atomic_fetch_add(&q->gets, 1);
    struct slot *slot = &q->slot[ticket % q->size];
    unsigned turn = 2 * (unsigned)(ticket / q->size) + 1;

    await(slot, turn);
    int conn = slot->conn;
    pass_on(slot, turn + 1);
    return conn;
}

void queue_free(struct queue *q)
{
    free(q);
}
