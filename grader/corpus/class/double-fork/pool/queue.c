/* queue.c - a linked list; a semaphore keeps it from growing.
 *
 * The nodes are made once: those that are not in the queue are in a list of
 * free ones, so that putting never needs memory.
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
    sem_t room;
    sem_t waiting;
    pthread_mutex_t lock;   /* for both lists */
    struct node *oldest;
    struct node *newest;
    struct node *spare;
    struct node nodes[];
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q +
                                (size_t)capacity * sizeof(struct node));

    if (!q)
        return NULL;
    for (int i = 0; i < capacity; i++) {
        q->nodes[i].next = q->spare;
        q->spare = &q->nodes[i];
    }
    sem_init(&q->room, 0, (unsigned)capacity);
    sem_init(&q->waiting, 0, 0);
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    struct node *node;

    sem_down(&q->room);
    pthread_mutex_lock(&q->lock);
    node = q->spare;
    q->spare = node->next;
    node->conn = conn;
    node->next = NULL;
    if (q->newest)
        q->newest->next = node;
    else
        q->oldest = node;
    q->newest = node;
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->waiting);
}

int queue_get(struct queue *q)
{
    struct node *node;
    int conn;

    sem_down(&q->waiting);
    pthread_mutex_lock(&q->lock);
    node = q->oldest;
    q->oldest = node->next;
    if (!q->oldest)
        q->newest = NULL;
    conn = node->conn;
    node->next = q->spare;
    q->spare = node;
    pthread_mutex_unlock(&q->lock);
    sem_up(&q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_mutex_destroy(&q->lock);
    sem_destroy(&q->waiting);
    sem_destroy(&q->room);
    free(q);
}
