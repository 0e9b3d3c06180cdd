/* serve.c - one thread per client.
 *
 * However many clients come, each gets a thread at once.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

// TODO 2d: workers started once, that all serve from one queue.
struct client {
    int conn;
    const struct options *options;
};

/* A thread: it serves one client and ends. */
static void *work(void *arg)
{
    struct client client = *(struct client *)arg;

    free(arg);
    echo_client(client.conn, client.options);
    close(client.conn);
    return NULL;
}

/* Have this client served. Consumes conn. */
static void hand_over(int conn, const struct options *options)
{
    struct client *client = malloc(sizeof *client);
    pthread_t thread;

    if (client) {
        *client = (struct client){ conn, options };
        if (pthread_create(&thread, NULL, work, client) == 0) {
            pthread_detach(thread);
            return;
        }
        free(client);
    }
    net_refuse(conn);
    close(conn);
}

int serve(int listener, const struct options *options)
{
    int conn;

    // TODO 2d: start options->workers workers and a queue of options->capacity.

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(conn, options);

    close(listener);        /* newcomers are refused from here on */
    // TODO 2e: return when every client has been served, the queued ones too.
    return conn == NET_STOP ? 0 : -1;
}
