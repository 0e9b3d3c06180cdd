/* serve.c - a fixed pool of threads behind a bounded queue.
 *
 * At the end a single -1 goes into the queue. The worker that gets it puts it
 * back for the next one before it leaves, so it reaches them all.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static struct queue *queue;
static const struct options *opts;

static void *worker_main(void *unused)
{
    int conn;

    (void)unused;
    while ((conn = queue_get(queue)) != -1) {
        echo_client(conn, opts);
        close(conn);
    }
    queue_put(queue, -1);       /* there is room: I have just taken it out */
    return NULL;
}

int serve(int listener, const struct options *options)
{
    pthread_t workers[options->workers];
    int conn, n;

    opts = options;
    queue = queue_new(options->capacity);
    if (queue == NULL)
        return -1;
    for (n = 0; n < options->workers; n++)
        if ((errno = pthread_create(&workers[n], NULL, worker_main, NULL)))
            return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(queue, conn);

    close(listener);
    queue_put(queue, -1);
    while (n-- > 0)
        pthread_join(workers[n], NULL);
    queue_free(queue);
    return conn == NET_STOP ? 0 : -1;
}
