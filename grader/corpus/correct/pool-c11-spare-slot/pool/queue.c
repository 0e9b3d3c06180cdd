/* queue.c - a ring with one slot more than its capacity: so equal ends mean
 * empty, and one step from equal means full, without a count. Getters and
 * putters wait for the same condition, therefore each change wakes them all
 * and everybody looks again. */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <threads.h>

struct queue {
    mtx_t lock;
    cnd_t changed;
    int slots;              /* capacity + 1 */
    int get, put;           /* the next slot to do so */
    int conn[];
};

static int after(const struct queue *q, int slot)
{
    return slot + 1 == q->slots ? 0 : slot + 1;
}

struct queue *queue_new(int capacity)
{
    size_t slots = (size_t)capacity + 1;
    struct queue *q = malloc(sizeof *q + slots * sizeof q->conn[0]);

    if (!q)
        return NULL;
    q->slots = (int)slots;
    q->get = q->put = 0;
    if (mtx_init(&q->lock, mtx_plain) != thrd_success) {
        free(q);
        errno = ENOMEM;
        return NULL;
    }
    if (cnd_init(&q->changed) != thrd_success) {
        mtx_destroy(&q->lock);
        free(q);
        errno = ENOMEM;
        return NULL;
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    mtx_lock(&q->lock);
    while (after(q, q->put) == q->get)
        cnd_wait(&q->changed, &q->lock);
    q->conn[q->put] = conn;
    q->put = after(q, q->put);
    mtx_unlock(&q->lock);
    cnd_broadcast(&q->changed);
}

int queue_get(struct queue *q)
{
    mtx_lock(&q->lock);
    while (q->put == q->get)
        cnd_wait(&q->changed, &q->lock);
    int conn = q->conn[q->get];
    q->get = after(q, q->get);
    mtx_unlock(&q->lock);
    cnd_broadcast(&q->changed);
    return conn;
}

void queue_free(struct queue *q)
{
    cnd_destroy(&q->changed);
    mtx_destroy(&q->lock);
    free(q);
}
