/* serve.c - a fixed pool of threads; the queue is a pipe of pointers.
 *
 * A job is made by the acceptor, its address goes through the pipe, and the
 * worker that reads it frees it: the pointer's owner changes with it, and as
 * nobody else has it there is nothing to lock. (A tool that watches memory
 * does not see how the one thread's writing comes before the other's reading:
 * through the kernel.) A pipe is far too large, so a semaphore counts how
 * many jobs may wait. And a pipe has an end: when the acceptor closes it, each
 * worker finds what is left, and then the end.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "sem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct job {
    int conn;
    const struct options *options;
};

struct pool {
    int out, in;            /* the two ends of the pipe */
    sem_t room;             /* counts the jobs that may still be put in */
};

/* The next job, yours to free, or NULL when there will be no more. */
static struct job *next_job(struct pool *pool)
{
    struct job *job;
    ssize_t n;

    while ((n = read(pool->out, &job, sizeof job)) == -1 && errno == EINTR)
        continue;
    if (n != sizeof job)
        return NULL;
    sem_up(&pool->room);
    return job;
}

static void *work(void *arg)
{
    struct job *job;

    while ((job = next_job(arg)) != NULL) {
        echo_client(job->conn, job->options);
        close(job->conn);
        free(job);
    }
    return NULL;
}

/* Have this client served. Consumes conn. */
static void hand_over(struct pool *pool, int conn,
                      const struct options *options)
{
    struct job *job = malloc(sizeof *job);

    if (!job) {
        net_refuse(conn);
        close(conn);
        return;
    }
    *job = (struct job){ conn, options };
    sem_down(&pool->room);
    while (write(pool->in, &job, sizeof job) == -1 && errno == EINTR)
        continue;           /* so few bytes are written whole or not at all */
}

int serve(int listener, const struct options *options)
{
    pthread_t worker[options->workers];
    struct pool pool;
    int end[2], n = 0, conn = -1;

    if (pipe2(end, O_CLOEXEC) == -1)
        return -1;
    pool.out = end[0], pool.in = end[1];
    sem_init(&pool.room, 0, (unsigned)options->capacity);
    while (n < options->workers &&
           (errno = pthread_create(&worker[n], NULL, work, &pool)) == 0)
        n++;
    if (n == options->workers)
        while ((conn = net_accept(listener, options->stop)) >= 0)
            hand_over(&pool, conn, options);
    int saved = errno;

    close(listener);
    close(pool.in);
    while (n > 0)
        pthread_join(worker[--n], NULL);
    close(pool.out);
    sem_destroy(&pool.room);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
