/* serve.c - leader and followers: a pool without a queue.
 *
 * Whoever holds `lead` is the leader and waits for the next client; when one
 * has come he lets a follower lead, serves, and lines up again. Clients who
 * find all workers busy wait in the kernel's list, so options->capacity has
 * nothing to bound here.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct crew {
    const struct options *options;
    pthread_mutex_t lead;
    int listener;           /* only the leader touches it; -1: closed */
    int error;              /* why it broke, or 0 */
};

/* Returns a connection, or -1 when there will be no more. */
static int next_client(struct crew *crew)
{
    int conn = -1;

    pthread_mutex_lock(&crew->lead);
    if (crew->listener != -1) {
        conn = net_accept(crew->listener, crew->options->stop);
        if (conn < 0) {
            crew->error = conn == NET_STOP ? 0 : errno;
            close(crew->listener);
            crew->listener = conn = -1;
        }
    }
    pthread_mutex_unlock(&crew->lead);
    return conn;
}

static void *work(void *arg)
{
    struct crew *crew = arg;
    int conn;

    while ((conn = next_client(crew)) != -1) {
        echo_client(conn, crew->options);
        close(conn);
    }
    return NULL;
}

int serve(int listener, const struct options *options)
{
    struct crew crew = {
        .options = options,
        .lead = PTHREAD_MUTEX_INITIALIZER,
        .listener = listener,
    };
    pthread_t *thread = calloc((size_t)options->workers, sizeof *thread);

    if (!thread)
        return -1;
    for (int i = 0; i < options->workers; i++) {
        errno = pthread_create(&thread[i], NULL, work, &crew);
        if (errno)
            return -1;
    }
    for (int i = 0; i < options->workers; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    pthread_mutex_destroy(&crew.lead);
    errno = crew.error;
    return crew.error ? -1 : 0;
}
