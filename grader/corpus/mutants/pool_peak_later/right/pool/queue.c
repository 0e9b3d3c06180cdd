/* queue.c - the bounded buffer of the book: three semaphores. Each end has a
 * lock of its own, for put and get never touch the same slot. */
#include "queue.h"

#include "sem.h"

#include <stdlib.h>

struct end {
    sem_t turn;
    unsigned long next;
};

struct queue {
    sem_t empty, full;          /* numbers of slots */
    struct end in, out;
    unsigned long size;
    int *slot;
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    q->slot = calloc((size_t)capacity, sizeof *q->slot);
    if (!q->slot) {
        free(q);
        return NULL;
    }
    q->size = (unsigned long)capacity;
    sem_init(&q->empty, 0, (unsigned)capacity);
    sem_init(&q->full, 0, 0);
    sem_init(&q->in.turn, 0, 1);
    sem_init(&q->out.turn, 0, 1);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->empty);
    sem_down(&q->in.turn);
    q->slot[q->in.next] = conn;
    q->in.next = (q->in.next + 1) % q->size;
    sem_up(&q->in.turn);
    sem_up(&q->full);
}

int queue_get(struct queue *q)
{
    sem_down(&q->full);
    sem_down(&q->out.turn);
    int conn = q->slot[q->out.next];
    q->out.next = (q->out.next + 1) % q->size;
    sem_up(&q->out.turn);
    sem_up(&q->empty);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_destroy(&q->empty);
    sem_destroy(&q->full);
    sem_destroy(&q->in.turn);
    sem_destroy(&q->out.turn);
    free(q->slot);
    free(q);
}
