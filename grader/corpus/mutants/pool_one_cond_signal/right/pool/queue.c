/* queue.c - a bounded queue: a mutex, a condition variable, a ring. */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;     /* count has changed */
    int *slot;
    int capacity;
    int first;                  /* index of the oldest */
    int count;
};

struct queue *queue_new(int capacity)
{
    struct queue *q = malloc(sizeof *q);

    if (!q)
        return NULL;
    *q = (struct queue){ .capacity = capacity };
    q->slot = malloc((size_t)capacity * sizeof *q->slot);
    if (!q->slot) {
        free(q);
        return NULL;
    }
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->changed, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->mutex);
    while (q->count == q->capacity)
        pthread_cond_wait(&q->changed, &q->mutex);
    q->slot[(q->first + q->count) % q->capacity] = conn;
    q->count++;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->mutex);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->mutex);
    while (q->count == 0)
        pthread_cond_wait(&q->changed, &q->mutex);
    int conn = q->slot[q->first];
    q->first = (q->first + 1) % q->capacity;
    q->count--;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->mutex);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->mutex);
    free(q->slot);
    free(q);
}
