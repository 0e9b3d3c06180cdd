/* serve.c - a pool that hands clients over directly. Who is idle stands in a
 * list; the acceptor takes one from it, gives it the client and wakes it, and
 * nobody else. A client for whom nobody is idle stays in a waiting room. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { NONE = -1, GO_HOME = -2 };

struct worker {
    pthread_t thread;
    pthread_cond_t called;
    int conn;
    struct worker *next_idle;
};

static const struct options *options_;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* all below */
static pthread_cond_t left_room = PTHREAD_COND_INITIALIZER;
static struct worker *idle;
static int *room, oldest, in_room;
static int closing;

static int leave_room(void)
{
    int conn = room[oldest];

    oldest = (oldest + 1) % options_->capacity;
    in_room--;
    pthread_cond_signal(&left_room);
    return conn;
}

static int wait_for_client(struct worker *me)
{
    int conn;

    pthread_mutex_lock(&lock);
    if (in_room > 0) {
        conn = leave_room();
    } else if (closing) {
        conn = GO_HOME;
    } else {
        me->conn = NONE;
        me->next_idle = idle;
        idle = me;
        while (me->conn == NONE)
            pthread_cond_wait(&me->called, &lock);
        conn = me->conn;
    }
    pthread_mutex_unlock(&lock);
    return conn;
}

static void *work(void *arg)
{
    int conn;

    while ((conn = wait_for_client(arg)) != GO_HOME) {
        echo_client(conn, options_);
        close(conn);
    }
    return NULL;
}

/* Hand conn to an idle worker. Called with the lock. */
static void call(int conn)
{
    struct worker *w = idle;

    idle = w->next_idle;
    w->conn = conn;
    pthread_cond_signal(&w->called);
}

static void receive(int conn)
{
    pthread_mutex_lock(&lock);
    while (!idle && in_room == options_->capacity)
        pthread_cond_wait(&left_room, &lock);
    if (idle)
        call(conn);
    else
        room[(oldest + in_room++) % options_->capacity] = conn;
    pthread_mutex_unlock(&lock);
}

int serve(int listener, const struct options *options)
{
    size_t n = (size_t)options->workers;
    struct worker *workers = calloc(n, sizeof *workers);
    int conn;

    options_ = options;
    room = calloc((size_t)options->capacity, sizeof *room);
    if (!workers || !room)
        return -1;
    for (size_t i = 0; i < n; i++) {
        pthread_cond_init(&workers[i].called, NULL);
        errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
        if (errno)
            return -1;
    }

    while ((conn = net_accept(listener, options->stop)) >= 0)
        receive(conn);
    close(listener);

    pthread_mutex_lock(&lock);
    closing = 1;
    while (idle)
        call(GO_HOME);
    pthread_mutex_unlock(&lock);

    for (size_t i = 0; i < n; i++) {
        pthread_join(workers[i].thread, NULL);
        pthread_cond_destroy(&workers[i].called);
    }
    free(workers);
    free(room);
    return conn == NET_STOP ? 0 : -1;
}
