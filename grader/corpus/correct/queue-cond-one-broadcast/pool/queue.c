/* queue.c - one condition variable for both sides: every change is told to
 * everybody, because a signal might reach one of the wrong side.
 */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned long in, out;  /* so many have ever been put and taken */
    unsigned size;
    int *slot;
};

struct queue *queue_new(int capacity)
{
    struct queue *q = malloc(sizeof *q);

    if (!q)
        return NULL;
    *q = (struct queue){
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .size = (unsigned)capacity,
        .slot = malloc((size_t)capacity * sizeof(int)),
    };
    if (!q->slot) {
        free(q);
        return NULL;
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->lock);
    while (q->in - q->out == q->size)
        pthread_cond_wait(&q->changed, &q->lock);
    q->slot[q->in++ % q->size] = conn;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->in == q->out)
        pthread_cond_wait(&q->changed, &q->lock);
    int conn = q->slot[q->out++ % q->size];
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->slot);
    free(q);
}
