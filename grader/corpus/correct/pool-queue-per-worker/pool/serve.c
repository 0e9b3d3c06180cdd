/* serve.c - a fixed pool of threads, each with a queue of its own.
 *
 * The acceptor deals the clients out in turn, and no lock is everybody's: that
 * is what such a design is for. By itself it would be wrong here, because who
 * is dealt to a busy worker would wait while another idles. So whoever is idle
 * takes the client who has waited longest, whosoever it is: in this pool the
 * queues share the work of the locks and not the clients. Where tasks are short
 * and many a worker would look at its own queue first, and rarely steal.
 *
 * Two semaphores count over all the queues: `items` sends an idle worker to
 * sleep, and `room` bounds the sum to the capacity, so every queue has it.
 */
#include "serve.h"

#include "deque.h"
#include "echo.h"
#include "net.h"
#include "sem.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

struct pool {
    const struct options *options;
    struct deque **queue;   /* one for each worker */
    sem_t room;             /* counts the clients that may still wait */
    sem_t items;            /* counts those who wait, and at the end the */
    atomic_bool over;       /* workers, who then find nothing */
};

/* Take the client who has waited longest; or NOTHING if there was none at
 * some moment after the call began. */
static int steal(const struct pool *pool)
{
    for (;;) {
        struct deque *from = NULL;
        long oldest = NOTHING;

        for (int i = 0; i < pool->options->workers; i++) {
            long age = deque_oldest(pool->queue[i]);
            if (age != NOTHING && (!from || age < oldest)) {
                from = pool->queue[i];
                oldest = age;
            }
        }
        if (!from)
            return NOTHING;
        int conn = deque_take(from, oldest);
        if (conn != NOTHING)
            return conn;    /* else another was faster: look again */
    }
}

/* The next client, or NOTHING when all go home. What `items` has promised
 * may for a moment be where we have looked already, and be found at the next
 * look; but when nothing is put in any more, one look is enough. So the flag
 * is read before it. */
static int next_client(struct pool *pool)
{
    sem_down(&pool->items);
    for (;;) {
        bool over = atomic_load(&pool->over);
        int conn = steal(pool);
        if (conn != NOTHING)
            sem_up(&pool->room);
        if (conn != NOTHING || over)
            return conn;
    }
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    int conn;

    while ((conn = next_client(pool)) != NOTHING) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

/* Accept until the stop. Returns what net_accept ended with. */
static int deal(int listener, struct pool *pool)
{
    int conn;

    for (long age = 0; ; age++) {
        conn = net_accept(listener, pool->options->stop);
        if (conn < 0)
            return conn;
        sem_down(&pool->room);
        deque_put(pool->queue[age % pool->options->workers], conn, age);
        sem_up(&pool->items);
    }
}

/* Returns 0, or -1 with errno. */
static int open_queues(struct pool *pool)
{
    const struct options *options = pool->options;

    sem_init(&pool->room, 0, (unsigned)options->capacity);
    sem_init(&pool->items, 0, 0);
    for (int i = 0; i < options->workers; i++)
        if (!(pool->queue[i] = deque_new(options->capacity)))
            return -1;
    return 0;
}

static void close_queues(struct pool *pool)
{
    for (int i = 0; i < pool->options->workers; i++)
        deque_free(pool->queue[i]);
    sem_destroy(&pool->room);
    sem_destroy(&pool->items);
}

int serve(int listener, const struct options *options)
{
    pthread_t worker[options->workers];
    struct deque *queue[options->workers];
    struct pool pool = { .options = options, .queue = queue };
    int n = 0, conn = -1;

    for (int i = 0; i < options->workers; i++)
        queue[i] = NULL;
    if (open_queues(&pool) == 0)
        while (n < options->workers &&
               (errno = pthread_create(&worker[n], NULL, work, &pool)) == 0)
            n++;
    if (n == options->workers)
        conn = deal(listener, &pool);
    int saved = errno;

    close(listener);
    atomic_store(&pool.over, true);
    for (int i = 0; i < n; i++)
        sem_up(&pool.items);
    while (n > 0)
        pthread_join(worker[--n], NULL);
    close_queues(&pool);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
