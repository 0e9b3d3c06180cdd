/* queue.c - a bounded queue: a ring between one acceptor and many workers.
 *
 * Semaphores are one way, and sem.h has sem_down and sem_up; a mutex with two
 * condition variables is another. The fields below are yours to change.
 */
#include "queue.h"

#include <stdlib.h>

struct queue {
    // TODO 2c: what the two ends wait for, and what keeps them apart.
    unsigned head;          /* the next to get is in slot head % size */
    unsigned tail;          /* the next to put goes to slot tail % size */
    unsigned size;
    int conn[];             /* size slots */
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->size = (unsigned)capacity;
    // TODO 2c: an empty queue.
    return q;
}

void queue_put(struct queue *q, int conn)
{
    // TODO 2c: wait for room, then append conn.
    (void)q;
    (void)conn;
}

int queue_get(struct queue *q)
{
    // TODO 2c: wait for an item, then remove and return the oldest.
    (void)q;
    return -1;
}

void queue_free(struct queue *q)
{
    free(q);
}
