/* serve.c - a pool where every worker has a seat. A client who comes is put
 * on a free seat at once and its bell is rung; only when there is none does
 * he wait in line, and who has finished looks at the line first. */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "sem.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { GO_HOME = -1 };

struct seat {
    sem_t bell;             /* rung when conn has been set */
    int conn;
    bool free;
};

struct hall {
    const struct options *options;
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t room;    /* somebody has left the line */
    struct seat *seat;
    int *line;              /* a ring of options->capacity */
    int first, waiting;
    bool closing;
};

struct ticket {
    struct hall *hall;
    int number;
};

/* What to do after a client: the next in line, or GO_HOME, or, with the seat
 * free again, whatever comes. */
static int next_client(struct hall *hall, struct seat *seat)
{
    int conn;

    pthread_mutex_lock(&hall->lock);
    if (hall->waiting > 0) {
        conn = hall->line[hall->first];
        hall->first = (hall->first + 1) % hall->options->capacity;
        hall->waiting--;
        pthread_cond_signal(&hall->room);
        pthread_mutex_unlock(&hall->lock);
        return conn;
    }
    if (hall->closing) {
        pthread_mutex_unlock(&hall->lock);
        return GO_HOME;
    }
    seat->free = true;
    pthread_mutex_unlock(&hall->lock);

    sem_down(&seat->bell);
    return seat->conn;
}

static void *work(void *arg)
{
    struct ticket ticket = *(struct ticket *)arg;
    struct hall *hall = ticket.hall;
    struct seat *seat = &hall->seat[ticket.number];

    sem_down(&seat->bell);          /* free since before we came */
    int conn = seat->conn;
    while (conn != GO_HOME) {
        echo_client(conn, hall->options);
        close(conn);
        conn = next_client(hall, seat);
    }
    return NULL;
}

static struct seat *free_seat(struct hall *hall)
{
    for (int i = 0; i < hall->options->workers; i++)
        if (hall->seat[i].free)
            return &hall->seat[i];
    return NULL;
}

static void occupy(struct seat *seat, int conn)
{
    seat->free = false;
    seat->conn = conn;
    sem_up(&seat->bell);
}

static void admit(struct hall *hall, int conn)
{
    int capacity = hall->options->capacity;
    struct seat *seat;

    pthread_mutex_lock(&hall->lock);
    while (!(seat = free_seat(hall)) && hall->waiting == capacity)
        pthread_cond_wait(&hall->room, &hall->lock);
    if (seat)
        occupy(seat, conn);
    else
        hall->line[(hall->first + hall->waiting++) % capacity] = conn;
    pthread_mutex_unlock(&hall->lock);
}

/* Each has a ticket of its own, that stays. */
static int start(pthread_t *thread, struct ticket *ticket, struct hall *hall)
{
    for (int i = 0; i < hall->options->workers; i++) {
        ticket[i] = (struct ticket){ hall, i };

        errno = pthread_create(&thread[i], NULL, work, &ticket[i]);
        if (errno)
            return -1;
    }
    return 0;
}

int serve(int listener, const struct options *options)
{
    struct hall hall = {
        .options = options,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .room = PTHREAD_COND_INITIALIZER,
        .seat = calloc((size_t)options->workers, sizeof(struct seat)),
        .line = calloc((size_t)options->capacity, sizeof(int)),
    };
    pthread_t thread[options->workers];
    struct ticket ticket[options->workers];
    int conn;

    if (!hall.seat || !hall.line)
        return -1;
    for (int i = 0; i < options->workers; i++) {
        sem_init(&hall.seat[i].bell, 0, 0);
        hall.seat[i].free = true;
    }
    if (start(thread, ticket, &hall) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        admit(&hall, conn);
    close(listener);

    pthread_mutex_lock(&hall.lock);
    hall.closing = true;
    for (struct seat *s; (s = free_seat(&hall)); )
        occupy(s, GO_HOME);
    pthread_mutex_unlock(&hall.lock);

    for (int i = 0; i < options->workers; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < options->workers; i++)
        sem_destroy(&hall.seat[i].bell);
    free(hall.line);
    free(hall.seat);
    return conn == NET_STOP ? 0 : -1;
}
