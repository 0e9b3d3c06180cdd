/* queue.c - a bounded queue: a ring between one acceptor and many workers. */
#include "queue.h"

#include "sem.h"

#include <stdlib.h>

struct queue {
    sem_t slots;            /* free places */
    sem_t items;            /* connections that wait */
    sem_t mutex;
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
    sem_init(&q->slots, 0, q->size);
    sem_init(&q->items, 0, 0);
    sem_init(&q->mutex, 0, 1);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->slots);
    sem_down(&q->mutex);
    q->conn[q->tail % q->size] = conn;
    q->tail++;
    sem_up(&q->mutex);
    sem_up(&q->items);
}

int queue_get(struct queue *q)
{
    int conn;

    sem_down(&q->items);
    sem_down(&q->mutex);
    conn = q->conn[q->head % q->size];
    q->head++;
    sem_up(&q->mutex);
    sem_up(&q->slots);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_destroy(&q->slots);
    sem_destroy(&q->items);
    sem_destroy(&q->mutex);
    free(q);
}
