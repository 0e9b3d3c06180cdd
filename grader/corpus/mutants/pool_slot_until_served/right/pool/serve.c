/* serve.c - a pool whose queue is a pipe: the kernel keeps the order, lets
 * workers sleep, and tells them at the end that nothing more will come.
 * A semaphore counts the free slots. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "sem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
    const struct options *options;
    int out, in;            /* ends of the pipe; what is in it are ints */
    sem_t slots;
};

/* Returns -1 when the pipe is empty and closed. An int is written in one
 * piece and read in one piece: it is much smaller than PIPE_BUF. */
static int take(struct pool *pool)
{
    int conn;
    ssize_t n;

    do
        n = read(pool->out, &conn, sizeof conn);
    while (n == -1 && errno == EINTR);
    return n == (ssize_t)sizeof conn ? conn : -1;
}

static void give(struct pool *pool, int conn)
{
    sem_down(&pool->slots);
    while (write(pool->in, &conn, sizeof conn) == -1 && errno == EINTR)
        continue;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    int conn;

    while ((conn = take(pool)) != -1) {
        sem_up(&pool->slots);
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { .options = options };
    pthread_t thread[options->workers];
    int ends[2], conn;

    if (pipe2(ends, O_CLOEXEC) == -1)
        return -1;
    pool.out = ends[0];
    pool.in = ends[1];
    if (sem_init(&pool.slots, 0, (unsigned)options->capacity) == -1)
        return -1;
    for (int i = 0; i < options->workers; i++) {
        errno = pthread_create(&thread[i], NULL, work, &pool);
        if (errno)
            return -1;
    }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        give(&pool, conn);
    close(listener);

    close(pool.in);         /* who has read the last one reads the end */
    for (int i = 0; i < options->workers; i++)
        pthread_join(thread[i], NULL);
    close(pool.out);
    sem_destroy(&pool.slots);
    return conn == NET_STOP ? 0 : -1;
}
