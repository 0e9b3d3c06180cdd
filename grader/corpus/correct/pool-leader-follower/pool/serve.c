/* serve.c - leader and followers: no acceptor, and no hand-over.
 *
 * One of the workers leads: it waits for the next client. When it has one it
 * makes a follower the leader and serves the client itself, so that no
 * connection ever changes threads. The thread that called serve is one of
 * the workers: there are `workers` threads and not one more. While all of them
 * serve there is no leader, and clients wait in the kernel's list.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

struct crew {
    int listener;
    const struct options *options;
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t change;  /* the leader has gone, or all go */
    bool led;               /* somebody is the leader */
    bool over;
    int error;              /* why, when it was not the stop */
};

/* Become the leader. Returns false when it is over. */
static bool lead(struct crew *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->led && !c->over)
        pthread_cond_wait(&c->change, &c->lock);
    bool mine = !c->over;
    if (mine)
        c->led = true;
    pthread_mutex_unlock(&c->lock);
    return mine;
}

/* Let one other become the leader. */
static void promote(struct crew *c)
{
    pthread_mutex_lock(&c->lock);
    c->led = false;
    pthread_cond_signal(&c->change);
    pthread_mutex_unlock(&c->lock);
}

static void finish(struct crew *c, int error)
{
    pthread_mutex_lock(&c->lock);
    c->over = true;
    if (error)
        c->error = error;
    pthread_cond_broadcast(&c->change);
    pthread_mutex_unlock(&c->lock);
}

static void *work(void *arg)
{
    struct crew *c = arg;

    while (lead(c)) {
        int conn = net_accept(c->listener, c->options->stop);
        if (conn < 0) {
            finish(c, conn == NET_STOP ? 0 : errno);
            break;
        }
        promote(c);
        echo_client(conn, c->options);
        close(conn);
    }
    return NULL;
}

int serve(int listener, const struct options *options)
{
    struct crew c = {
        .listener = listener,
        .options = options,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .change = PTHREAD_COND_INITIALIZER,
    };
    pthread_t other[options->workers];
    int n = 0, error = 0;

    while (n < options->workers - 1 && error == 0) {
        error = pthread_create(&other[n], NULL, work, &c);
        n += error == 0;
    }
    work(&c);               /* we are a worker too, perhaps the only one */

    close(listener);
    while (n > 0)
        pthread_join(other[--n], NULL);
    pthread_cond_destroy(&c.change);
    pthread_mutex_destroy(&c.lock);
    errno = c.error;
    return c.error == 0 ? 0 : -1;
}
