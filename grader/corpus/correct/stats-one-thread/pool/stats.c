/* stats.c - one thread owns the numbers and nobody else touches them. The
 * others send messages, and a pipe keeps their order: a message of at most
 * PIPE_BUF bytes is written in one piece.
 */
#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

struct message {
    enum { BEGIN, END, READ } what;
    long bytes;
    struct stats *into;     /* where a reading goes, */
    sem_t *done;            /* and how its owner hears of it */
};

static int to_owner[2];

static void act(struct stats *all, const struct message *m)
{
    switch (m->what) {
    case BEGIN:
        all->active++;
        if (all->active > all->peak)
            all->peak = all->active;
        break;
    case END:
        all->served++;
        all->bytes += m->bytes;
        all->active--;
        break;
    case READ:
        *m->into = *all;
        sem_post(m->done);
        break;
    }
}

static void *own(void *arg)
{
    struct stats all = { 0, 0, 0, 0 };
    struct message m;

    for (;;) {
        ssize_t n = read(to_owner[0], &m, sizeof m);
        if (n == (ssize_t)sizeof m)
            act(&all, &m);
        else if (n != -1 || errno != EINTR)
            return arg;
    }
}

static void send_to_owner(struct message m)
{
    while (write(to_owner[1], &m, sizeof m) == -1 && errno == EINTR)
        continue;
}

int stats_open(void)
{
    pthread_t owner;

    if (pipe(to_owner) == -1)
        return -1;
    if ((errno = pthread_create(&owner, NULL, own, NULL)) != 0)
        return -1;
    return pthread_detach(owner);
}

void stats_begin(void)
{
    send_to_owner((struct message){ .what = BEGIN });
}

void stats_end(long bytes)
{
    send_to_owner((struct message){ .what = END, .bytes = bytes });
}

void stats_read(struct stats *s)
{
    sem_t done;

    sem_init(&done, 0, 0);
    send_to_owner((struct message){ .what = READ, .into = s, .done = &done });
    while (sem_wait(&done) == -1 && errno == EINTR)
        continue;
    sem_destroy(&done);
}
