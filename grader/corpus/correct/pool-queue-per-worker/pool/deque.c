/* deque.c - see deque.h. A ring under a mutex. */
#include "deque.h"

#include <pthread.h>
#include <stdlib.h>

struct deque {
    pthread_mutex_t lock;   /* guards all below */
    int head, n;            /* the oldest is in slot head, and n are there */
    int size;
    struct { int conn; long age; } slot[];      /* size of them */
};

struct deque *deque_new(int size)
{
    struct deque *d = calloc(1, sizeof *d +
                                (size_t)size * sizeof d->slot[0]);

    if (!d)
        return NULL;
    d->size = size;
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void deque_put(struct deque *d, int conn, long age)
{
    pthread_mutex_lock(&d->lock);
    int at = (d->head + d->n++) % d->size;
    d->slot[at].conn = conn;
    d->slot[at].age = age;
    pthread_mutex_unlock(&d->lock);
}

long deque_oldest(struct deque *d)
{
    pthread_mutex_lock(&d->lock);
    long age = d->n > 0 ? d->slot[d->head].age : NOTHING;
    pthread_mutex_unlock(&d->lock);
    return age;
}

int deque_take(struct deque *d, long age)
{
    int conn = NOTHING;

    pthread_mutex_lock(&d->lock);
    if (d->n > 0 && d->slot[d->head].age == age) {
        conn = d->slot[d->head].conn;
        d->head = (d->head + 1) % d->size;
        d->n--;
    }
    pthread_mutex_unlock(&d->lock);
    return conn;
}

void deque_free(struct deque *d)
{
    if (d)
        pthread_mutex_destroy(&d->lock);
    free(d);
}
