/* queue.c - three semaphores that had a name for a moment. */
#include "queue.h"

#include "sem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
    sem_t *room, *items, *mutex;
    int put, take, size;
    int buf[];
};

/* A semaphore nobody else can find: its name goes at once. */
static sem_t *sem_new(const char *what, unsigned value)
{
    char name[64];

    snprintf(name, sizeof name, "/echo-%d-%s", (int)getpid(), what);
    sem_t *s = sem_open(name, O_CREAT | O_EXCL, 0600, value);
    if (s == SEM_FAILED)
        return NULL;
    sem_unlink(name);
    return s;
}

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (!q)
        return NULL;
    q->size = capacity;
    q->room = sem_new("room", (unsigned)capacity);
    q->items = sem_new("items", 0);
    q->mutex = sem_new("mutex", 1);
    if (!q->room || !q->items || !q->mutex) {
        queue_free(q);
        return NULL;
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(q->room);
    sem_down(q->mutex);
    q->buf[q->put] = conn;
    if (++q->put == q->size)
        q->put = 0;
    sem_up(q->mutex);
    sem_up(q->items);
}

int queue_get(struct queue *q)
{
    sem_down(q->items);
    sem_down(q->mutex);
    int conn = q->buf[q->take];
    if (++q->take == q->size)
        q->take = 0;
    sem_up(q->mutex);
    sem_up(q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    sem_t *all[] = { q->room, q->items, q->mutex };

    for (int i = 0; i < 3; i++)
        if (all[i])
            sem_close(all[i]);
    free(q);
}
