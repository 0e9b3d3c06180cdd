/* serve.c - the grader's own server around a queue: two threads accept, so
 * that both ends of the queue are crowded. queue.h lets any number put.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { GO_HOME = -1 };

struct pool {
    struct queue *queue;
    const struct options *options;
    int listener;
};

static void *work(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = queue_get(pool->queue)) != GO_HOME) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

/* net_accept gives each client to one of the threads that wait in it. */
static void *accept_all(void *arg)
{
    const struct pool *pool = arg;
    int conn;

    while ((conn = net_accept(pool->listener, pool->options->stop)) >= 0)
        queue_put(pool->queue, conn);
    return NULL;
}

static int start(pthread_t *thread, int n, void *(*run)(void *), struct pool *p)
{
    for (int i = 0; i < n; i++)
        if ((errno = pthread_create(&thread[i], NULL, run, p)) != 0)
            return -1;
    return 0;
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { queue_new(options->capacity), options, listener };
    pthread_t worker[options->workers], second;

    if (!pool.queue || start(worker, options->workers, work, &pool) == -1 ||
        start(&second, 1, accept_all, &pool) == -1)
        return -1;
    accept_all(&pool);
    pthread_join(second, NULL);
    close(listener);
    for (int i = 0; i < options->workers; i++)
        queue_put(pool.queue, GO_HOME);
    for (int i = 0; i < options->workers; i++)
        pthread_join(worker[i], NULL);
    queue_free(pool.queue);
    return 0;
}
