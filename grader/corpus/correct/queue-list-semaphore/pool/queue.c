/* queue.c - a linked list, which would grow for ever if a semaphore did not
 * bound it.
 */
#include "queue.h"

#include "sem.h"

#include <pthread.h>
#include <stdlib.h>

struct node {
    struct node *next;
    int conn;
};

struct queue {
    sem_t room, items;
    pthread_mutex_t lock;   /* guards the lists */
    struct node *first, **last;
    struct node *unused;    /* so that put never has to ask for memory */
    struct node nodes[];
};

struct queue *queue_new(int capacity)
{
    struct queue *q = malloc(sizeof *q +
                             (size_t)capacity * sizeof(struct node));

    if (!q)
        return NULL;
    sem_init(&q->room, 0, (unsigned)capacity);
    sem_init(&q->items, 0, 0);
    pthread_mutex_init(&q->lock, NULL);
    q->first = q->unused = NULL;
    q->last = &q->first;
    for (int i = 0; i < capacity; i++) {
        q->nodes[i].next = q->unused;
        q->unused = &q->nodes[i];
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->room);
    pthread_mutex_lock(&q->lock);
    struct node *node = q->unused;
    q->unused = node->next;
    *node = (struct node){ NULL, conn };
    *q->last = node;
    q->last = &node->next;
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->items);
}

int queue_get(struct queue *q)
{
    sem_down(&q->items);
    pthread_mutex_lock(&q->lock);
    struct node *node = q->first;
    int conn = node->conn;
    q->first = node->next;
    if (!q->first)
        q->last = &q->first;
    node->next = q->unused;
    q->unused = node;
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
