/* queue.c - the queue is a pipe, and what is in it are descriptor numbers.
 *
 * The kernel keeps the order, guards it, and lets those sleep who find it
 * empty. A pipe of four-byte numbers holds thousands, so an eventfd counts
 * the slots that are left: reading takes one, and sleeps when there is none;
 * writing gives one back. Numbers never come in halves: all reads and writes
 * are of one size, and far below PIPE_BUF.
 */
#include "queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    int out, in;
    int slots;
};

/* These go on when a signal has come between. */
static void pull(int fd, void *to, size_t n)
{
    while (read(fd, to, n) == -1 && errno == EINTR)
        continue;
}

static void push(int fd, const void *from, size_t n)
{
    while (write(fd, from, n) == -1 && errno == EINTR)
        continue;
}

struct queue *queue_new(int capacity)
{
    struct queue *q = malloc(sizeof *q);
    int ends[2];

    if (!q)
        return NULL;
    q->slots = eventfd((unsigned)capacity, EFD_SEMAPHORE | EFD_CLOEXEC);
    if (q->slots != -1) {
        if (pipe2(ends, O_CLOEXEC) == 0) {
            q->out = ends[0];
            q->in = ends[1];
            /* Should it not become large enough, put waits a little early. */
            fcntl(q->in, F_SETPIPE_SZ, 65536 + capacity * (int)sizeof(int));
            return q;
        }
        int saved = errno;
        close(q->slots);
        errno = saved;
    }
    free(q);
    return NULL;
}

void queue_put(struct queue *q, int conn)
{
    uint64_t one;

    pull(q->slots, &one, sizeof one);
    push(q->in, &conn, sizeof conn);
}

int queue_get(struct queue *q)
{
    static const uint64_t one = 1;
    int conn;

    pull(q->out, &conn, sizeof conn);
    push(q->slots, &one, sizeof one);
    return conn;
}

void queue_free(struct queue *q)
{
    close(q->in);
    close(q->out);
    close(q->slots);
    free(q);
}
