/* serve.c - the pool. The workers are started once, from an array. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct server {
    const struct options *options;
    struct queue *clients;
    pthread_t *crew;
};

static void *serve_clients(void *arg)
{
    struct server *s = arg;
    int conn = queue_get(s->clients);

    while (conn != -1) {
        echo_client(conn, s->options);
        close(conn);
        conn = queue_get(s->clients);
    }
    return NULL;
}

static int hire(struct server *s)
{
    s->crew = malloc((size_t)s->options->workers * sizeof *s->crew);
    if (!s->crew)
        return -1;
    for (int i = 0; i < s->options->workers; i++) {
        errno = pthread_create(s->crew + i, NULL, serve_clients, s);
        if (errno != 0)
            return -1;
    }
    return 0;
}

static void send_home(struct server *s)
{
    int n = s->options->workers;

    for (int i = 0; i < n; i++)
        queue_put(s->clients, -1);
    for (int i = 0; i < n; i++)
        pthread_join(s->crew[i], NULL);
    free(s->crew);
}

int serve(int listener, const struct options *options)
{
    struct server s = { .options = options };

    s.clients = queue_new(options->capacity);
    if (!s.clients || hire(&s) == -1)
        return -1;

    int conn = net_accept(listener, options->stop);
    while (conn >= 0) {
        queue_put(s.clients, conn);
        conn = net_accept(listener, options->stop);
    }
    close(listener);
    send_home(&s);
    queue_free(s.clients);
    return conn == NET_STOP ? 0 : -1;
}
