/* queue.c - a bounded queue without a lock: a ring of slots with numbers.
 *
 * After D. Vyukov's bounded queue. Every put and every get draws a ticket, by
 * one atomic addition; ticket t belongs to slot t % size in lap t / size. The
 * slot's number says whose turn it is: 2 * lap for the put of a lap, one more
 * for its get. So each slot is handed to and fro between the two, and they
 * touch what is in it only in their turn. (Vyukov's own numbering, position
 * and position + 1, cannot tell full from empty when there is one slot.)
 *
 * The semaphores are for sleeping, and see to it that a ticket is drawn only
 * when its turn comes soon. What is left is a short spin: the put of the same
 * ticket has drawn it and has not yet written, or a get not yet read.
 *
 * Tools that do not know C11 atomics (Helgrind) take this for a race.
 */
#include "queue.h"

#include "sem.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

struct slot {
    _Atomic uint64_t turn;
    int conn;               /* belongs to whose turn it is */
};

struct queue {
    sem_t room, items;      /* count empty and filled slots */
    _Atomic uint64_t puts;  /* tickets drawn; 64 bits never wrap */
    _Atomic uint64_t gets;
    uint64_t size;
    struct slot slot[];     /* size of them */
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q +
                                (size_t)capacity * sizeof(struct slot));

    if (!q)
        return NULL;
    q->size = (uint64_t)capacity;
    for (int i = 0; i < capacity; i++)
        atomic_init(&q->slot[i].turn, 0);
    atomic_init(&q->puts, 0);
    atomic_init(&q->gets, 0);
    sem_init(&q->room, 0, (unsigned)capacity);
    sem_init(&q->items, 0, 0);
    return q;
}

/* Wait for this turn. Acquire: what the one before wrote is seen. */
static void await(struct slot *slot, uint64_t turn)
{
    while (atomic_load_explicit(&slot->turn, memory_order_acquire) != turn)
        sched_yield();
}

/* Release: what we wrote is seen by the next one. */
static void pass_on(struct slot *slot, uint64_t turn)
{
    atomic_store_explicit(&slot->turn, turn + 1, memory_order_release);
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->room);
    uint64_t ticket = atomic_fetch_add(&q->puts, 1);
    struct slot *slot = &q->slot[ticket % q->size];
    uint64_t turn = 2 * (ticket / q->size);

    await(slot, turn);
    slot->conn = conn;
    pass_on(slot, turn);
    sem_up(&q->items);
}

int queue_get(struct queue *q)
{
    sem_down(&q->items);
    uint64_t ticket = atomic_fetch_add(&q->gets, 1);
    struct slot *slot = &q->slot[ticket % q->size];
    uint64_t turn = 2 * (ticket / q->size) + 1;

    await(slot, turn);
    int conn = slot->conn;
    pass_on(slot, turn);
    sem_up(&q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_destroy(&q->room);
    sem_destroy(&q->items);
    free(q);
}
