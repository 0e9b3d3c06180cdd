/* serve.c - a fixed pool of threads, each of which accepts for itself.
 *
 * The kernel has a queue of clients already, the list of the listening
 * socket. So I need no second one: a worker that is free takes the next
 * client from there, and who is not taken waits outside.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct job {
    int listener;
    const struct options *options;
};

/* Returns NULL after a stop, else the job, to say that something broke. */
static void *work(void *arg)
{
    struct job *job = arg;
    int conn;

    while ((conn = net_accept(job->listener, job->options->stop)) >= 0) {
        echo_client(conn, job->options);
        close(conn);
    }
    return conn == NET_STOP ? NULL : job;
}

int serve(int listener, const struct options *options)
{
    struct job job = { listener, options };
    pthread_t *thread = malloc(sizeof *thread * (size_t)options->workers);
    int result = 0;

    if (!thread)
        return -1;
    for (int i = 0; i < options->workers; i++)
        if ((errno = pthread_create(&thread[i], NULL, work, &job)) != 0)
            return -1;

    for (int i = 0; i < options->workers; i++) {
        void *broken;
        pthread_join(thread[i], &broken);
        if (broken)
            result = -1;
    }
    close(listener);
    free(thread);
    return result;
}
