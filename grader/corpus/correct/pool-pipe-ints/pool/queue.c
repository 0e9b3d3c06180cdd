/* queue.c - a bounded queue: a pipe, and the ints are the connections.
 *
 * A pipe waits when it is empty, keeps the order, and takes any number of
 * readers and writers. An int is never torn: a write of so few bytes is
 * atomic, and a page of the pipe holds a whole number of ints. But it cannot
 * be made small: F_SETPIPE_SZ rounds up to a page, which is 1,024 of them.
 * So a semaphore counts the places. The price is two system calls for each
 * connection. A capacity beyond the pipe's size makes put wait a little
 * earlier than it would have to.
 */
#include "queue.h"

#include "sem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
    sem_t room;             /* counts the places that are left */
    int out, in;            /* the two ends of the pipe */
};

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q);
    int end[2];

    if (!q)
        return NULL;
    if (pipe2(end, O_CLOEXEC) == -1) {
        free(q);
        return NULL;
    }
    q->out = end[0];
    q->in = end[1];
    sem_init(&q->room, 0, (unsigned)capacity);
    return q;
}

void queue_put(struct queue *q, int conn)
{
    sem_down(&q->room);
    while (write(q->in, &conn, sizeof conn) == -1 && errno == EINTR)
        continue;
}

int queue_get(struct queue *q)
{
    int conn;

    while (read(q->out, &conn, sizeof conn) == -1 && errno == EINTR)
        continue;
    sem_up(&q->room);
    return conn;
}

void queue_free(struct queue *q)
{
    close(q->in);
    close(q->out);
    sem_destroy(&q->room);
    free(q);
}
