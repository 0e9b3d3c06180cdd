/* serve.c - a pool; one farewell is passed on from worker to worker. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct queue *queue;
static const struct options *our;

static void *work(void *unused)
{
    int conn;

    (void)unused;
    while ((conn = queue_get(queue)) != -1) {
        echo_client(conn, our);
        close(conn);
    }
    queue_put(queue, -1);       /* for the next; there is room, we made it */
    return NULL;
}

int serve(int listener, const struct options *options)
{
    int n = options->workers, conn;
    pthread_t *team = calloc((size_t)n, sizeof *team);

    our = options;
    queue = queue_new(options->capacity);
    if (!team || !queue)
        return -1;
    for (int i = 0; i < n; i++)
        if ((errno = pthread_create(&team[i], NULL, work, NULL)))
            return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(queue, conn);
    close(listener);

    queue_put(queue, -1);
    for (int i = 0; i < n; i++)
        pthread_join(team[i], NULL);
    queue_free(queue);
    free(team);
    return conn == NET_STOP ? 0 : -1;
}
