/* queue.c - a linked list, bounded by a count; a mutex, two conditions. */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct node {
    struct node *next;
    int conn;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t room, item;
    struct node *oldest, **end; /* end: where the next one is linked in */
    struct node *spare;         /* nodes that are not in the list */
    struct node node[];
};

struct queue *queue_new(int capacity)
{
    size_t n = (size_t)capacity;
    struct queue *q = malloc(sizeof *q + n * sizeof(struct node));

    if (!q)
        return NULL;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->item, NULL);
    q->oldest = q->spare = NULL;
    q->end = &q->oldest;
    for (size_t i = 0; i < n; i++) {
        q->node[i].next = q->spare;
        q->spare = &q->node[i];
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->lock);
    while (!q->spare)
        pthread_cond_wait(&q->room, &q->lock);
    struct node *n = q->spare;
    q->spare = n->next;
    n->conn = conn;
    n->next = NULL;
    *q->end = n;
    q->end = &n->next;
    pthread_cond_signal(&q->item);
    pthread_mutex_unlock(&q->lock);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (!q->oldest)
        pthread_cond_wait(&q->item, &q->lock);
    struct node *n = q->oldest;
    int conn = n->conn;
    q->oldest = n->next;
    if (!q->oldest)
        q->end = &q->oldest;
    n->next = q->spare;
    q->spare = n;
    pthread_cond_signal(&q->room);
    pthread_mutex_unlock(&q->lock);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_cond_destroy(&q->item);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
