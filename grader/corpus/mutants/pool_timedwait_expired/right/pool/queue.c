/* queue.c - a bounded queue, one mutex, two conditions. Nobody sleeps for
 * more than a moment at a time, so that a wake-up that gets lost somewhere
 * costs a moment and not the client. */
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { MOMENT_MS = 200 };

struct queue {
    pthread_mutex_t m;
    pthread_cond_t not_full, not_empty;
    unsigned long put, got;         /* how many ever; put - got are inside */
    unsigned long size;
    int conn[];
};

static struct timespec in_a_moment(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += MOMENT_MS * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_nsec -= 1000000000L;
        t.tv_sec++;
    }
    return t;
}

struct queue *queue_new(int capacity)
{
    struct queue *q = calloc(1, sizeof *q + (size_t)capacity * sizeof(int));

    if (q) {
        q->size = (unsigned long)capacity;
        pthread_mutex_init(&q->m, NULL);
        pthread_cond_init(&q->not_full, NULL);
        pthread_cond_init(&q->not_empty, NULL);
    }
    return q;
}

void queue_put(struct queue *q, int conn)
{
    pthread_mutex_lock(&q->m);
    while (q->put - q->got == q->size) {
        struct timespec until = in_a_moment();
        pthread_cond_timedwait(&q->not_full, &q->m, &until);
    }
    q->conn[q->put % q->size] = conn;
    q->put++;
    pthread_cond_signal(&q->not_empty);
    pthread_mutex_unlock(&q->m);
}

int queue_get(struct queue *q)
{
    pthread_mutex_lock(&q->m);
    while (q->put == q->got) {
        struct timespec until = in_a_moment();
        pthread_cond_timedwait(&q->not_empty, &q->m, &until);
    }
    int conn = q->conn[q->got % q->size];
    q->got++;
    pthread_cond_signal(&q->not_full);
    pthread_mutex_unlock(&q->m);
    return conn;
}

void queue_free(struct queue *q)
{
    pthread_mutex_destroy(&q->m);
    pthread_cond_destroy(&q->not_full);
    pthread_cond_destroy(&q->not_empty);
    free(q);
}
