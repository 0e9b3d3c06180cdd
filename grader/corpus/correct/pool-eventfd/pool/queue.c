/* queue.c - a bounded queue: a ring, and two eventfds that count.
 *
 * With EFD_SEMAPHORE an eventfd is a semaphore that is a descriptor: a write
 * of n adds n, a read waits until the count is positive and takes one. It can
 * be polled beside sockets, which nobody does here, and it costs a system
 * call for each step, where a semaphore makes one only to sleep or to wake.
 */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    int room;               /* eventfd: counts the empty slots */
    int items;              /* eventfd: counts the filled ones */
    pthread_mutex_t lock;   /* guards everything below */
    int head, n;            /* the oldest is in slot head, and n are there */
    int size;
    int conn[];             /* size slots */
};

static void down(int fd)
{
    uint64_t one;

    while (read(fd, &one, sizeof one) == -1 && errno == EINTR)
        continue;
}

static void up(int fd)
{
    uint64_t one = 1;

    while (write(fd, &one, sizeof one) == -1 && errno == EINTR)
        continue;
}

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->size = capacity;
    q->room = eventfd((unsigned)capacity, EFD_SEMAPHORE | EFD_CLOEXEC);
    q->items = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
    pthread_mutex_init(&q->lock, NULL);
    if (q->room == -1 || q->items == -1) {
        int saved = errno;
        queue_free(q);
        errno = saved;
        return NULL;
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    down(q->room);
    pthread_mutex_lock(&q->lock);
    q->conn[(q->head + q->n++) % q->size] = conn;
    pthread_mutex_unlock(&q->lock);
    up(q->items);
}

int queue_get(struct queue *q)
{
    down(q->items);
    pthread_mutex_lock(&q->lock);
    int conn = q->conn[q->head];
    q->head = (q->head + 1) % q->size;
    q->n--;
    pthread_mutex_unlock(&q->lock);
    up(q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    if (q->room != -1)
        close(q->room);
    if (q->items != -1)
        close(q->items);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
