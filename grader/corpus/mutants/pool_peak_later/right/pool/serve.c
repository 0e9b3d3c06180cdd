/* serve.c - a pool of threads around queue.c. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define NOBODY (-1)

struct pool {
    struct queue *q;
    const struct options *options;
};

static void *worker(void *p)
{
    struct pool *pool = p;

    for (int conn; (conn = queue_get(pool->q)) != NOBODY; close(conn))
        echo_client(conn, pool->options);
    return NULL;
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { queue_new(options->capacity), options };
    pthread_t id[options->workers];
    int conn, error;

    if (!pool.q)
        return -1;
    for (int i = 0; i < options->workers; i++) {
        error = pthread_create(&id[i], NULL, worker, &pool);
        if (error) {
            errno = error;
            return -1;
        }
    }

    do {
        conn = net_accept(listener, options->stop);
        if (conn >= 0)
            queue_put(pool.q, conn);
    } while (conn >= 0);

    close(listener);
    for (int i = 0; i < options->workers; i++)
        queue_put(pool.q, NOBODY);
    for (int i = 0; i < options->workers; i++)
        pthread_join(id[i], NULL);
    queue_free(pool.q);
    return conn == NET_STOP ? 0 : -1;
}
