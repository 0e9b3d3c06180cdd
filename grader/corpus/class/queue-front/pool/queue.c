/* queue.c - a bounded queue: a ring between one acceptor and many workers.
 *
 * slots, items and mutex are those of the lecture (producer and consumer).
 */
#include "queue.h"

#include "sem.h"

#include <stdlib.h>

struct queue {
    sem_t slots;            /* free places */
    sem_t items;            /* connections that wait */
    sem_t mutex;
    int front;
    int size;
    int conn[];
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->size = capacity;
    sem_init(&q->slots, 0, (unsigned)capacity);
    sem_init(&q->items, 0, 0);
    sem_init(&q->mutex, 0, 1);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->slots);
    sem_down(&q->mutex);
    q->conn[q->front] = conn;
    sem_up(&q->mutex);
    sem_up(&q->items);
}

int queue_get(struct queue *q)
{
    int conn;

    sem_down(&q->items);
    sem_down(&q->mutex);
    conn = q->conn[q->front];
    q->front = (q->front + 1) % q->size;
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
