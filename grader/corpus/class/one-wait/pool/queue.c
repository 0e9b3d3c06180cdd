/* queue.c - a bounded queue with a mutex and two condition variables. */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t mutex;      /* for everything in here */
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    int *conn;
    int size;
    int first;                  /* index of the oldest */
    int count;                  /* how many are in */
};

struct queue *queue_new(int capacity)
{
    struct queue *q = malloc(sizeof *q);

    if (!q)
        return NULL;
    q->conn = malloc(sizeof(int) * (size_t)capacity);
    if (!q->conn) {
        free(q);
        return NULL;
    }
    q->size = capacity;
    q->first = 0;
    q->count = 0;
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->not_full, NULL);
    pthread_cond_init(&q->not_empty, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->mutex);
    while (q->count == q->size)
        pthread_cond_wait(&q->not_full, &q->mutex);
    q->conn[(q->first + q->count) % q->size] = conn;
    q->count++;
    pthread_cond_signal(&q->not_empty);
    pthread_mutex_unlock(&q->mutex);
}

int queue_get(struct queue *q)
{
    int conn;

    pthread_mutex_lock(&q->mutex);
    while (q->count == 0)
        pthread_cond_wait(&q->not_empty, &q->mutex);
    conn = q->conn[q->first];
    q->first = (q->first + 1) % q->size;
    q->count--;
    pthread_cond_signal(&q->not_full);
    pthread_mutex_unlock(&q->mutex);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_cond_destroy(&q->not_empty);
    pthread_cond_destroy(&q->not_full);
    pthread_mutex_destroy(&q->mutex);
    free(q->conn);
    free(q);
}
