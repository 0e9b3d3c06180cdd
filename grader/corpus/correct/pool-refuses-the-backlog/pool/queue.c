/* queue.c - a bounded queue: a ring between one acceptor and many workers.
 *
 * Semaphores are one way, and sem.h has sem_down and sem_up; a mutex with two
 * condition variables is another. The fields below are yours to change.
 */
#include "queue.h"

#include "sem.h"

#include <stdlib.h>

struct queue {
    sem_t room;             /* counts the empty slots */
    sem_t items;            /* counts the filled ones */
    sem_t lock;             /* guards the ring, which is everything below */
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
    sem_init(&q->room, 0, q->size);
    sem_init(&q->items, 0, 0);
    sem_init(&q->lock, 0, 1);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->room);     /* holding nothing: a get must be able to help */
    sem_down(&q->lock);
    q->conn[q->tail++ % q->size] = conn;
    sem_up(&q->lock);
    sem_up(&q->items);      /* only now is there something to get */
}

int queue_get(struct queue *q)
{
    sem_down(&q->items);
    sem_down(&q->lock);
    int conn = q->conn[q->head++ % q->size];
    sem_up(&q->lock);
    sem_up(&q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_destroy(&q->room);
    sem_destroy(&q->items);
    sem_destroy(&q->lock);
    free(q);
}
