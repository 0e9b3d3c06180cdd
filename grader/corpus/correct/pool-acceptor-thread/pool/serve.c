/* serve.c - a fixed pool behind a bounded queue, and a thread that accepts.
 *
 * The thread that called serve does nothing but wait for the stop. So the
 * acceptor can be the plainest loop there is, a bare accept and a put, and it
 * is woken from outside: shutdown of the listener makes accept return EINVAL.
 * When it has gone nothing comes into the queue any more, and a word for each
 * worker behind the last client sends them home. The price is a thread that
 * does next to nothing.
 */
#include "serve.h"

#include "echo.h"
#include "queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GO_HOME = -1, BACK_OFF_MS = 10 };

struct pool {
    int listener;
    struct queue *queue;
    const struct options *options;
};

static void *accept_clients(void *arg)
{
    struct pool *pool = arg;

    for (;;) {
        int conn = accept4(pool->listener, NULL, NULL, SOCK_CLOEXEC);
        if (conn != -1)
            queue_put(pool->queue, conn);
        else if (errno == EINVAL)
            return NULL;    /* it has been shut down */
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                 errno == ENOMEM)
            poll(NULL, 0, BACK_OFF_MS);     /* who leaves makes room */
    }
}

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

static void wait_for_stop(const struct options *options)
{
    struct pollfd stop = { .fd = options->stop, .events = POLLIN };

    while (poll(&stop, 1, -1) != 1)
        continue;           /* EINTR: the handler ran first */
}

/* Accept until the stop. Returns 0, or -1 with errno. */
static int run(struct pool *pool)
{
    pthread_t acceptor;

    errno = pthread_create(&acceptor, NULL, accept_clients, pool);
    if (errno != 0)
        return -1;
    wait_for_stop(pool->options);
    shutdown(pool->listener, SHUT_RD);
    pthread_join(acceptor, NULL);
    return 0;
}

int serve(int listener, const struct options *options)
{
    struct pool pool = { listener, queue_new(options->capacity), options };
    pthread_t worker[options->workers];
    int n = 0, result = -1;

    if (!pool.queue)
        return -1;
    while (n < options->workers &&
           (errno = pthread_create(&worker[n], NULL, work, &pool)) == 0)
        n++;
    if (n == options->workers)
        result = run(&pool);
    int saved = errno;

    close(listener);
    for (int i = 0; i < n; i++)
        queue_put(pool.queue, GO_HOME);
    while (n > 0)
        pthread_join(worker[--n], NULL);
    queue_free(pool.queue);
    errno = saved;
    return result;
}
