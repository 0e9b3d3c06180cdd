/* serve.c - a fixed pool behind a bounded queue, whose workers say when they go.
 *
 * serve waits for a post of each worker and joins nobody. After its post a
 * worker touches nothing any more, but it may still be on its way out: so the
 * semaphore and the queue live on, as long as the program does.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"
#include "sem.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { GO_HOME = -1 };      /* in the queue, instead of a connection */

static struct {
    struct queue *queue;
    const struct options *options;
    sem_t gone;             /* counts the workers that have nobody any more */
} pool;

static void *work(void *unused)
{
    int conn;

    while ((conn = queue_get(pool.queue)) != GO_HOME) {
        echo_client(conn, pool.options);
        close(conn);
    }
    sem_up(&pool.gone);
    return unused;
}

/* Returns how many there are: n, or fewer with errno. */
static int start(int n)
{
    pthread_t unused;
    int started = 0;

    while (started < n && (errno = pthread_create(&unused, NULL, work, NULL)) == 0)
        started++;
    return started;
}

static void send_home(int n)
{
    for (int i = 0; i < n; i++)
        queue_put(pool.queue, GO_HOME);
    for (int i = 0; i < n; i++)
        sem_down(&pool.gone);
}

int serve(int listener, const struct options *options)
{
    int workers, conn = -1;

    pool.options = options;
    pool.queue = queue_new(options->capacity);
    if (!pool.queue || sem_init(&pool.gone, 0, 0) == -1)
        return -1;
    workers = start(options->workers);
    if (workers == options->workers)
        while ((conn = net_accept(listener, options->stop)) >= 0)
            queue_put(pool.queue, conn);
    int saved = errno;

    close(listener);
    send_home(workers);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
