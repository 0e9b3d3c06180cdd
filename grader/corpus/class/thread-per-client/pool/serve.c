/* serve.c - one thread per client.
 *
 * However many clients come, each gets a thread at once. At the end I wait
 * until the number of threads is zero again.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct client {
    int conn;
    const struct options *options;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone = PTHREAD_COND_INITIALIZER;
static int threads;

static void add(int n)
{
    pthread_mutex_lock(&mutex);
    threads += n;
    if (threads == 0)
        pthread_cond_signal(&gone);
    pthread_mutex_unlock(&mutex);
}

/* A thread: it serves one client and ends. */
static void *work(void *arg)
{
    struct client client = *(struct client *)arg;

    free(arg);
    echo_client(client.conn, client.options);
    close(client.conn);
    add(-1);
    return NULL;
}

/* Have this client served. Consumes conn. */
static void hand_over(int conn, const struct options *options)
{
    struct client *client = malloc(sizeof *client);
    pthread_t thread;

    if (client) {
        *client = (struct client){ conn, options };
        add(1);
        if (pthread_create(&thread, NULL, work, client) == 0) {
            pthread_detach(thread);
            return;
        }
        add(-1);
        free(client);
    }
    net_refuse(conn);
    close(conn);
}

int serve(int listener, const struct options *options)
{
    int conn;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(conn, options);
    close(listener);

    pthread_mutex_lock(&mutex);
    while (threads > 0)
        pthread_cond_wait(&gone, &mutex);
    pthread_mutex_unlock(&mutex);
    return conn == NET_STOP ? 0 : -1;
}
