/* queue.c - a bounded queue of C11 threads: a ring, a mtx_t and two cnd_t.
 *
 * <threads.h> is part of the language. What is in it is what POSIX has had
 * since 1995, with less to set; cnd_wait too may wake without a signal.
 */
#include "queue.h"

#include <stdlib.h>
#include <threads.h>

struct queue {
    mtx_t lock;             /* guards all below */
    cnd_t room;             /* n is less than size */
    cnd_t items;            /* n is more than 0 */
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
    mtx_init(&q->lock, mtx_plain);
    cnd_init(&q->room);
    cnd_init(&q->items);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    mtx_lock(&q->lock);
    while (q->n == q->size)
        cnd_wait(&q->room, &q->lock);
    q->conn[(q->head + q->n++) % q->size] = conn;
    cnd_signal(&q->items);
    mtx_unlock(&q->lock);
}

int queue_get(struct queue *q)
{
    mtx_lock(&q->lock);
    while (q->n == 0)
        cnd_wait(&q->items, &q->lock);
    int conn = q->conn[q->head];
    q->head = (q->head + 1) % q->size;
    q->n--;
    cnd_signal(&q->room);
    mtx_unlock(&q->lock);
    return conn;
}

void queue_free(struct queue *q)
{
    cnd_destroy(&q->items);
    cnd_destroy(&q->room);
    mtx_destroy(&q->lock);
    free(q);
}
