/* queue.c - a bounded queue: a ring, a mutex and two condition variables. */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t room;    /* n is less than size */
    pthread_cond_t items;   /* n is more than 0 */
    int head, n;            /* the oldest is in slot head, and n are there */
    int size;
    int conn[];             /* size slots */
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->size = capacity;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->items, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == q->size)
        pthread_cond_wait(&q->room, &q->lock);
    q->conn[(q->head + q->n++) % q->size] = conn;
    pthread_cond_signal(&q->items);
    pthread_mutex_unlock(&q->lock);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == 0)
        pthread_cond_wait(&q->items, &q->lock);
    int conn = q->conn[q->head];
    q->head = (q->head + 1) % q->size;
    q->n--;
    pthread_cond_signal(&q->room);
    pthread_mutex_unlock(&q->lock);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_cond_destroy(&q->items);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
