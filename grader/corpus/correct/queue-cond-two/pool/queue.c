/* queue.c - a ring under a mutex; two condition variables, one for each side.
 */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;   /* guards all that follows */
    pthread_cond_t room;    /* it is not full any more */
    pthread_cond_t items;   /* it is not empty any more */
    int capacity;
    int head;               /* the oldest */
    int count;
    int conn[];
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->capacity = capacity;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->items, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == q->capacity)
        pthread_cond_wait(&q->room, &q->lock);
    q->conn[(q->head + q->count) % q->capacity] = conn;
    q->count++;
    pthread_cond_signal(&q->items);
    pthread_mutex_unlock(&q->lock);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == 0)
        pthread_cond_wait(&q->items, &q->lock);
    int conn = q->conn[q->head];
    q->head = (q->head + 1) % q->capacity;
    q->count--;
    pthread_cond_signal(&q->room);
    pthread_mutex_unlock(&q->lock);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_cond_destroy(&q->room);
    pthread_cond_destroy(&q->items);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
