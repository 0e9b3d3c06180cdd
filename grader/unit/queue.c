/*
 * A queue by itself, through queue.h: what it promises, a test each. A caller
 * that should wait is a thread of its own, and is believed to wait when the
 * kernel says that it sleeps.
 */
#include "queue.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#ifndef PATIENCE
#define PATIENCE 3          /* seconds for one test */
#endif

/* What is put is never a descriptor of ours: a queue might close it. */
enum { FIRST = 100000, MANY = 2000, DEADLINE_MS = PATIENCE * 600 };

/* One call of put or get, in a thread. */
struct call {
    struct queue *q;
    int conn;               /* to put, or what came out */
    atomic_int tid;         /* 0 until it is about to call */
    atomic_bool done;
    pthread_t thread;
};

static void *put(void *arg)
{
    struct call *call = arg;

    atomic_store(&call->tid, gettid());
    queue_put(call->q, call->conn);
    atomic_store(&call->done, true);
    return NULL;
}

static void *get(void *arg)
{
    struct call *call = arg;

    atomic_store(&call->tid, gettid());
    call->conn = queue_get(call->q);
    atomic_store(&call->done, true);
    return NULL;
}

static struct timespec soon(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    long ns = t.tv_nsec + DEADLINE_MS * 1000000L;
    t.tv_sec += ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    return t;
}

static bool passed(struct timespec t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec > t.tv_sec ||
           (now.tv_sec == t.tv_sec && now.tv_nsec > t.tv_nsec);
}

/* The state of a thread, as a letter of proc(5), or 0 if there is none. */
static char state(int tid)
{
    char path[64], letter = 0;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    FILE *stat = fopen(path, "r");
    if (!stat)
        return 0;
    if (fscanf(stat, "%*d %*[^)]) %c", &letter) != 1)
        letter = 0;
    fclose(stat);
    return letter;
}

/* Start a call, and see it go to sleep. False if it returned instead, or did
 * neither before the deadline. */
static bool sleeps(struct call *call, void *(*how)(void *))
{
    struct timespec end = soon();

    pthread_create(&call->thread, NULL, how, call);
    while (!atomic_load(&call->done) && !passed(end)) {
        int tid = atomic_load(&call->tid);
        if (tid && state(tid) == 'S')
            return !atomic_load(&call->done);
        usleep(100);
    }
    return false;
}

/* Whether a thread ends before the deadline. */
static bool ends(pthread_t thread)
{
    struct timespec end = soon();

    return pthread_timedjoin_np(thread, NULL, &end) == 0;
}

static struct queue *made(int capacity)
{
    struct queue *q = queue_new(capacity);

    cr_assert_not_null(q, "queue_new(%d) returned NULL", capacity);
    return q;
}

/* Get, and expect that. */
static void gives(struct queue *q, int conn)
{
    int got = queue_get(q);

    cr_assert_eq(got, conn, "it gave back %d where %d was next", got, conn);
}

Test(queue, gives_back_in_order, .timeout = PATIENCE)
{
    static const int conns[] = { FIRST, 9, INT_MAX, -1, FIRST, 7 };
    struct queue *q = made(6);

    for (int i = 0; i < 6; i++)
        queue_put(q, conns[i]);
    for (int i = 0; i < 6; i++)
        gives(q, conns[i]);
    queue_free(q);
}

Test(queue, goes_round_and_round, .timeout = PATIENCE)
{
    struct queue *q = made(3);
    int in = FIRST, out = FIRST;

    queue_put(q, in++);
    for (int i = 0; i < 20; i++) {
        queue_put(q, in++);
        queue_put(q, in++);
        gives(q, out++);
        gives(q, out++);
    }
    gives(q, out);
    queue_free(q);
}

Test(queue, of_capacity_one_passes_on, .timeout = PATIENCE)
{
    struct queue *q = made(1);

    for (int i = FIRST; i < FIRST + 10; i++) {
        queue_put(q, i);
        gives(q, i);
    }
    queue_free(q);
}

Test(queue, put_waits_while_it_is_full, .timeout = PATIENCE)
{
    for (int capacity = 1; capacity <= 3; capacity++) {
        struct queue *q = made(capacity);
        struct call last = { .q = q, .conn = FIRST + capacity };

        for (int i = 0; i < capacity; i++)
            queue_put(q, FIRST + i);
        cr_assert(sleeps(&last, put), "put number %d into a queue of %d did "
                  "not sleep until there was room", capacity + 1, capacity);
        gives(q, FIRST);
        cr_assert(ends(last.thread), "put still waits when there is room");
        for (int i = 1; i <= capacity; i++)
            gives(q, FIRST + i);
        queue_free(q);
    }
}

Test(queue, get_waits_while_it_is_empty, .timeout = PATIENCE)
{
    struct queue *q = made(2);

    for (int i = FIRST; i < FIRST + 3; i++) {
        struct call call = { .q = q };

        cr_assert(sleeps(&call, get), "get from an empty queue did not sleep "
                  "until there was something to get");
        queue_put(q, i);
        cr_assert(ends(call.thread), "get still waits when there is an item");
        cr_assert_eq(call.conn, i, "it gave back %d, and %d was put",
                     call.conn, i);
    }
    queue_free(q);
}

Test(queue, wakes_one_for_each, .timeout = PATIENCE)
{
    struct queue *q = made(4);
    struct call call[3] = { { .q = q }, { .q = q }, { .q = q } };
    int sum = 0;

    for (int i = 0; i < 3; i++)
        cr_assert(sleeps(&call[i], get), "get from an empty queue did not "
                  "sleep");
    for (int i = 0; i < 3; i++)
        queue_put(q, FIRST << i);
    for (int i = 0; i < 3; i++) {
        cr_assert(ends(call[i].thread), "3 waited, 3 were put, and one waits "
                  "for ever");
        sum += call[i].conn;
    }
    cr_assert_eq(sum, FIRST * (1 + 2 + 4), "3 waited and did not get one each");
    queue_free(q);
}

/* Two put MANY numbers each, two get as many; an own half for each of them. */
static void *put_many(void *arg)
{
    struct call *call = arg;

    for (int i = 0; i < MANY; i++)
        queue_put(call->q, call->conn + i);
    return NULL;
}

static atomic_int times[2 * MANY], strange;

static void *get_many(void *arg)
{
    struct call *call = arg;

    for (int i = 0; i < MANY; i++) {
        int conn = queue_get(call->q);
        if (conn >= FIRST && conn < FIRST + 2 * MANY)
            atomic_fetch_add(&times[conn - FIRST], 1);
        else
            atomic_fetch_add(&strange, 1);
    }
    return NULL;
}

Test(queue, loses_and_doubles_nothing, .timeout = PATIENCE)
{
    struct queue *q = made(3);
    struct call half[2] = { { .q = q, .conn = FIRST },
                            { .q = q, .conn = FIRST + MANY } };
    pthread_t thread[4];
    int lost = 0, doubled = 0;

    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, i < 2 ? put_many : get_many,
                       &half[i % 2]);
    for (int i = 0; i < 4; i++)
        cr_assert(ends(thread[i]), "two put and two get %d each, and "
                  "somebody waits for ever", MANY);
    for (int i = 0; i < 2 * MANY; i++) {
        lost += times[i] == 0;
        doubled += times[i] > 1;
    }
    cr_assert(lost + doubled + strange == 0, "of %d that were put %d were "
              "lost, %d came twice, and %d came that nobody had put",
              2 * MANY, lost, doubled, strange);
    queue_free(q);
}
