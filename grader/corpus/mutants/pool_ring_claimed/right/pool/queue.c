/* queue.c - a ring: two semaphores count, and a lock makes it one step to
 * claim a slot and to use it. */
#include "queue.h"

#include "sem.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    sem_t room, items;
    pthread_mutex_t lock;       /* guards head, tail, conn */
    unsigned long head, tail;
    unsigned long size;
    int conn[];
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q +
                                (size_t)capacity * sizeof q->conn[0]);

    if (!q)
        return NULL;
    q->size = (unsigned long)capacity;
    sem_init(&q->room, 0, (unsigned)capacity);
    sem_init(&q->items, 0, 0);
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->room);
    pthread_mutex_lock(&q->lock);
    q->conn[q->tail++ % q->size] = conn;
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->items);
}

int queue_get(struct queue *q)
{
    sem_down(&q->items);
    pthread_mutex_lock(&q->lock);
    int conn = q->conn[q->head++ % q->size];
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_destroy(&q->room);
    sem_destroy(&q->items);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
