/* queue.c - the signal comes after the unlock: nobody is woken only to wait
 * for the lock that its waker still holds.
 */
#include "queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t not_full, not_empty;
    int size, first, n;
    int ring[];
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (q) {
        pthread_mutex_init(&q->lock, NULL);
        pthread_cond_init(&q->not_full, NULL);
        pthread_cond_init(&q->not_empty, NULL);
        q->size = capacity;
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == q->size)
        pthread_cond_wait(&q->not_full, &q->lock);
    q->ring[(q->first + q->n++) % q->size] = conn;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->not_empty);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == 0)
        pthread_cond_wait(&q->not_empty, &q->lock);
    int conn = q->ring[q->first];
    q->first = (q->first + 1) % q->size;
    q->n--;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->not_full);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->not_full);
    pthread_cond_destroy(&q->not_empty);
    free(q);
}
