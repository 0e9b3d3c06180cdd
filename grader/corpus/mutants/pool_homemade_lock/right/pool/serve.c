/* serve.c - workers in threads of their own; and so is the farewell: every
 * worker who goes tells the next. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

static const int last_call = -100;

struct shop {
    struct queue *line;
    const struct options *options;
};

static bool serve_next(struct shop *shop)
{
    int conn = queue_get(shop->line);

    if (conn == last_call) {
        queue_put(shop->line, last_call);
        return false;
    }
    echo_client(conn, shop->options);
    close(conn);
    return true;
}

static void *clerk(void *arg)
{
    while (serve_next(arg))
        continue;
    return NULL;
}

int serve(int listener, const struct options *options)
{
    struct shop shop = { .options = options };
    pthread_t clerks[options->workers];
    int conn;

    shop.line = queue_new(options->capacity);
    if (!shop.line)
        return -1;
    for (int i = 0; i < options->workers; i++) {
        int error = pthread_create(&clerks[i], NULL, clerk, &shop);
        if (error != 0)
            return errno = error, -1;
    }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        queue_put(shop.line, conn);
    close(listener);

    queue_put(shop.line, last_call);
    for (int i = 0; i < options->workers; i++)
        pthread_join(clerks[i], NULL);
    queue_free(shop.line);
    return conn == NET_STOP ? 0 : -1;
}
