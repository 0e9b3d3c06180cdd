/* serve.c - a pool in the threads of the C standard.
 *
 * On stop a single farewell is put behind all who wait. The worker who gets
 * it puts it back for the next and goes, and so it finds each of them. There
 * is room for it: it has just been taken out, and nobody else puts any more.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

enum { FAREWELL = -1 };

struct pool {
    struct queue *queue;
    const struct options *options;
};

static int work(void *arg)
{
    struct pool *pool = arg;
    int conn;

    while ((conn = queue_get(pool->queue)) != FAREWELL) {
        echo_client(conn, pool->options);
        close(conn);
    }
    queue_put(pool->queue, FAREWELL);
    return 0;
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { queue_new(options->capacity), options };
    thrd_t *worker = calloc((size_t)options->workers, sizeof *worker);
    int conn;

    if (!pool.queue || !worker)
        return -1;
    for (int i = 0; i < options->workers; i++)
        if (thrd_create(&worker[i], work, &pool) != thrd_success) {
            errno = EAGAIN;
            return -1;
        }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(pool.queue, conn);
    int saved = errno;
    close(listener);

    queue_put(pool.queue, FAREWELL);
    for (int i = 0; i < options->workers; i++)
        thrd_join(worker[i], NULL);
    free(worker);
    queue_free(pool.queue);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
