/* queue.c - the queue is a pipe, and what goes through it are descriptors.
 *
 * A pipe already waits when it is empty, keeps the order, and gives four
 * bytes that were written together to one reader. It only is too large
 * (64 KiB are 16,384 connections), so a semaphore counts the places.
 */
#include "queue.h"

#include "sem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
    sem_t places;
    int out;
    int in;
};

struct queue *queue_new(int capacity)
{
    struct queue *q = malloc(sizeof *q);
    int fd[2];

    if (!q)
        return NULL;
    if (pipe2(fd, O_CLOEXEC) == -1) {
        free(q);
        return NULL;
    }
    q->out = fd[0];
    q->in = fd[1];
    sem_init(&q->places, 0, (unsigned)capacity);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->places);
    while (write(q->in, &conn, sizeof conn) == -1 && errno == EINTR)
        continue;
}

int queue_get(struct queue *q)
{
    int conn = -1;

    while (read(q->out, &conn, sizeof conn) == -1 && errno == EINTR)
        continue;
    sem_up(&q->places);
    return conn;
}

void queue_free(struct queue *q)
{
    close(q->in);
    close(q->out);
    sem_destroy(&q->places);
    free(q);
}
