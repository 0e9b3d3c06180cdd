//@ starter
/* serve.c - a fixed pool of threads behind a bounded queue.
 *
 * However many clients come, `workers` are served at once, `capacity` wait in
 * the queue, and the rest wait outside, in the kernel's list. Compare
 * fork/serve.c.
 */
//@ stub /* serve.c - one thread per client.
//@ stub  *
//@ stub  * However many clients come, each gets a thread at once.
//@ stub  */
//@ end
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

//@ begin 2d: workers started once, that all serve from one queue.
enum { GO_HOME = -1 };      /* in the queue, instead of a connection */

struct pool {
    struct queue *queue;
    const struct options *options;
};

/* A worker: it serves one client after the other until it is sent home. */
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

static int start(pthread_t *worker, int n, struct pool *pool)
{
    for (int i = 0; i < n; i++)
        if ((errno = pthread_create(&worker[i], NULL, work, pool)) != 0)
            return -1;
    return 0;
}
//@ stub struct client {
//@ stub     int conn;
//@ stub     const struct options *options;
//@ stub };
//@ stub
//@ stub /* A thread: it serves one client and ends. */
//@ stub static void *work(void *arg)
//@ stub {
//@ stub     struct client client = *(struct client *)arg;
//@ stub
//@ stub     free(arg);
//@ stub     echo_client(client.conn, client.options);
//@ stub     close(client.conn);
//@ stub     return NULL;
//@ stub }
//@ stub
//@ stub /* Have this client served. Consumes conn. */
//@ stub static void hand_over(int conn, const struct options *options)
//@ stub {
//@ stub     struct client *client = malloc(sizeof *client);
//@ stub     pthread_t thread;
//@ stub
//@ stub     if (client) {
//@ stub         *client = (struct client){ conn, options };
//@ stub         if (pthread_create(&thread, NULL, work, client) == 0) {
//@ stub             pthread_detach(thread);
//@ stub             return;
//@ stub         }
//@ stub         free(client);
//@ stub     }
//@ stub     net_refuse(conn);
//@ stub     close(conn);
//@ stub }
//@ end

int serve(int listener, const struct options *options)
{
    int conn;

    //@ begin 2d: start options->workers workers and a queue of options->capacity.
    struct pool pool = { queue_new(options->capacity), options };
    pthread_t worker[options->workers];

    if (!pool.queue || start(worker, options->workers, &pool) == -1)
        return -1;
    //@ end

    while ((conn = net_accept(listener, options->stop)) >= 0)
        //@ starter
        queue_put(pool.queue, conn);
        //@ stub hand_over(conn, options);
        //@ end

    close(listener);        /* newcomers are refused from here on */
    //@ begin 2e: return when every client has been served, the queued ones too.
    /* First in, first out: those who wait are served before anybody goes. A
     * wake-up sends one home, so it takes as many as there are workers. */
    for (int i = 0; i < options->workers; i++)
        queue_put(pool.queue, GO_HOME);
    for (int i = 0; i < options->workers; i++)
        pthread_join(worker[i], NULL);
    queue_free(pool.queue);
    //@ end
    return conn == NET_STOP ? 0 : -1;
}
