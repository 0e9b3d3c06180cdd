/* queue.c - a bounded queue: a ring between one acceptor and many workers.
 *
 * Semaphores are one way, and sem.h has sem_down and sem_up; a mutex with two
 * condition variables is another. The fields below are yours to change.
 */
#include "queue.h"

//@ starter
#include "sem.h"
//@ end

#include <stdlib.h>

struct queue {
    //@ begin 2c: what the two ends wait for, and what keeps them apart.
    sem_t room;             /* counts the empty slots */
    sem_t items;            /* counts the filled ones */
    sem_t lock;             /* guards the ring, which is everything below */
    //@ end
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
    //@ begin 2c: an empty queue.
    sem_init(&q->room, 0, q->size);
    sem_init(&q->items, 0, 0);
    sem_init(&q->lock, 0, 1);
    //@ end
    return q;
}

void queue_put(struct queue *q, int conn)
{
    //@ begin 2c: wait for room, then append conn.
    sem_down(&q->room);     /* holding nothing: a get must be able to help */
    sem_down(&q->lock);
    q->conn[q->tail++ % q->size] = conn;
    sem_up(&q->lock);
    sem_up(&q->items);      /* only now is there something to get */
    //@ stub (void)q;
    //@ stub (void)conn;
    //@ end
}

int queue_get(struct queue *q)
{
    //@ begin 2c: wait for an item, then remove and return the oldest.
    sem_down(&q->items);
    sem_down(&q->lock);
    int conn = q->conn[q->head++ % q->size];
    sem_up(&q->lock);
    sem_up(&q->room);
    return conn;
    //@ stub (void)q;
    //@ stub return -1;
    //@ end
}

void queue_free(struct queue *q)
{
    //@ starter
    sem_destroy(&q->room);
    sem_destroy(&q->items);
    sem_destroy(&q->lock);
    //@ end
    free(q);
}
