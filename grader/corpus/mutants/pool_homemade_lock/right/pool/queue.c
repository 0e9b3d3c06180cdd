/* queue.c - a linked list that is bounded by a semaphore, with another that
 * counts what is in it. */
#include "queue.h"

#include "sem.h"

#include <pthread.h>
#include <stdlib.h>

struct place {
    struct place *behind;
    int conn;
};

struct queue {
    sem_t free_places;
    sem_t clients;
    pthread_mutex_t lock;
    struct place *front, *back; /* of those who wait */
    struct place *unused;
    struct place *all;
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q);

    if (!q || !(q->all = calloc((size_t)capacity, sizeof *q->all))) {
        free(q);
        return NULL;
    }
    for (int i = 0; i < capacity; i++) {
        q->all[i].behind = q->unused;
        q->unused = &q->all[i];
    }
    sem_init(&q->free_places, 0, (unsigned)capacity);
    sem_init(&q->clients, 0, 0);
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->free_places);
    pthread_mutex_lock(&q->lock);
    struct place *p = q->unused;
    q->unused = p->behind;
    p->conn = conn;
    p->behind = NULL;
    if (q->front)
        q->back->behind = p;
    else
        q->front = p;
    q->back = p;
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->clients);
}

int queue_get(struct queue *q)
{
    sem_down(&q->clients);
    pthread_mutex_lock(&q->lock);
    struct place *p = q->front;
    int conn = p->conn;
    q->front = p->behind;
    p->behind = q->unused;
    q->unused = p;
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->free_places);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_destroy(&q->free_places);
    sem_destroy(&q->clients);
    pthread_mutex_destroy(&q->lock);
    free(q->all);
    free(q);
}
