/* serve.c - a fixed pool of detached threads behind a bounded queue.
 *
 * Nobody joins a detached thread: its stack is given back when it ends, and
 * nothing tells when. So the living are counted. serve counts them in, because
 * a thread may start late; they count themselves out, as the last thing they
 * do. Even then a worker is still on its way out, so what it touches has to
 * live on: the pool is static, and not on the stack of serve. At the end one
 * pill goes round: who takes it puts it back.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { PILL = -1 };         /* in the queue, instead of a connection */

static struct {
    struct queue *queue;
    const struct options *options;
    pthread_mutex_t lock;   /* guards alive */
    pthread_cond_t gone;    /* alive has become 0 */
    int alive;
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .gone = PTHREAD_COND_INITIALIZER,
};

static void *work(void *unused)
{
    int conn;

    (void)unused;
    while ((conn = queue_get(pool.queue)) != PILL) {
        echo_client(conn, pool.options);
        close(conn);
    }
    queue_put(pool.queue, PILL);    /* there is room: we have just taken it */

    pthread_mutex_lock(&pool.lock);
    if (--pool.alive == 0)
        pthread_cond_signal(&pool.gone);
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Start one worker. Returns 0, or -1 with errno. */
static int start(const pthread_attr_t *detached)
{
    pthread_t unused;

    pthread_mutex_lock(&pool.lock);
    errno = pthread_create(&unused, detached, work, NULL);
    if (errno == 0)
        pool.alive++;       /* before it can count itself out */
    pthread_mutex_unlock(&pool.lock);
    return errno == 0 ? 0 : -1;
}

static int start_all(int n)
{
    pthread_attr_t detached;
    int result = 0;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    while (result == 0 && n-- > 0)
        result = start(&detached);
    pthread_attr_destroy(&detached);
    return result;
}

static void wait_until_gone(void)
{
    pthread_mutex_lock(&pool.lock);
    while (pool.alive > 0)
        pthread_cond_wait(&pool.gone, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

int serve(int listener, const struct options *options)
{
    int conn = -1;

    pool.options = options;
    if (!(pool.queue = queue_new(options->capacity)))
        return -1;
    if (start_all(options->workers) == 0)
        while ((conn = net_accept(listener, options->stop)) >= 0)
            queue_put(pool.queue, conn);
    int saved = errno;

    close(listener);
    queue_put(pool.queue, PILL);
    wait_until_gone();
    queue_free(pool.queue);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
