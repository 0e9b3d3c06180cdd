/* serve.c - a fixed pool of threads.
 *
 * Every worker has a queue of its own, so they never get in each other's way;
 * the clients are dealt out in turn.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 1000 };        /* more workers than that main does not allow */

static struct queue *queues[MOST];
static const struct options *settings;

static void *work(void *arg)
{
    int mine = *(int *)arg;
    int conn;

    while ((conn = queue_get(queues[mine])) != -1) {
        echo_client(conn, settings);
        close(conn);
    }
    return NULL;
}

int serve(int listener, const struct options *options)
{
    int n = options->workers;
    int each = options->capacity / n;
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    int conn, i, next = 0;

    settings = options;
    if (!threads)
        return -1;
    for (i = 0; i < n; i++)
        if (!(queues[i] = queue_new(each > 0 ? each : 1)))
            return -1;

    for (i = 0; i < n; i++) {
        if ((errno = pthread_create(&threads[i], NULL, work, &i)) != 0)
            return -1;
        usleep(20000);      /* let it get started */
    }

    while ((conn = net_accept(listener, options->stop)) >= 0) {
        queue_put(queues[next], conn);
        next = (next + 1) % n;
    }
    close(listener);

    for (i = 0; i < n; i++)
        queue_put(queues[i], -1);
    for (i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        queue_free(queues[i]);
    }
    free(threads);
    return conn == NET_STOP ? 0 : -1;
}
