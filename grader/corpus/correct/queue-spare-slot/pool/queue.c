/* queue.c - a ring of capacity + 1 slots, one of which is always empty: so
 * that head == tail can only mean that nothing is there.
 */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t room, items;
    int slots;              /* one more than the capacity */
    int head, tail;
    int conn[];
};

struct queue *queue_new(int capacity)
{
    size_t slots = (size_t)capacity + 1;
    struct queue *q = calloc(1, sizeof *q + slots * sizeof(int));

    if (!q)
        return NULL;
    q->slots = capacity + 1;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->items, NULL);
    return q;
}

static int after(const struct queue *q, int slot)
{
    return (slot + 1) % q->slots;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->lock);
    while (after(q, q->tail) == q->head)
        pthread_cond_wait(&q->room, &q->lock);
    q->conn[q->tail] = conn;
    q->tail = after(q, q->tail);
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->items);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->head == q->tail)
        pthread_cond_wait(&q->items, &q->lock);
    int conn = q->conn[q->head];
    q->head = after(q, q->head);
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
