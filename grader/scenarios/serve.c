/* serve.c - a whole server: clients come, are answered, and it stops.
 *
 * -DCLIENTS=3 -DWORKERS=2 -DCAPACITY=1. The order to stop comes when all of
 * them are over; -DSTOP_ANY: at any moment, and who is accepted after it is owed
 * nothing. -DRESET, -DHALF: the first client resets its connection, or ends
 * its side, before it is answered. Queue or none: only what goes in and out
 * counts.
 */
#include "explore/explore.h"
#include "serve.h"
#include "stats.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#ifndef CLIENTS
#define CLIENTS 3
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif

static const char request[] = "POST /echo HTTP/1.1\r\nHost: lab\r\n"
                              "Content-Length: 2\r\n\r\nhi";
/* The first one's end is the case; the others are as usual. */
static void invite(struct explore_client *client)
{
    for (int i = 0; i < CLIENTS; i++)
        client[i] = (struct explore_client){ request, EXPLORE_STAYS, 0 };
#ifdef RESET
    client[0].then = EXPLORE_RESETS;
#elif defined HALF
    client[0].then = EXPLORE_ENDS;
#endif
}

static bool whole(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    return body && (!strstr(answer, " 200 ") || strcmp(body + 4, "hi") == 0);
}

/* It may be served, refused or cut off, if need be by the end of the program. */
static void check_late(int i, const char *answer)
{
    EXPECT(!*answer || whole(answer),
           "client %d, accepted after the order to stop, got half an answer",
           i + 1);
}

static void check_answer(int i, bool must, bool lost)
{
    char answer[512];
    enum explore_end end = explore_answer(i, answer, sizeof answer);

    if (end == EXPLORE_NOT_ACCEPTED) {
        EXPECT(!must, "client %d was never accepted", i + 1);
        return;
    }
    if (explore_late(i)) {
        check_late(i, answer);
        return;
    }
    EXPECT(end == EXPLORE_CLOSED || *answer,
           "serve returns, and nobody has answered client %d", i + 1);
    EXPECT(end == EXPLORE_CLOSED,
           "serve returns, and client %d is still being served", i + 1);
    if (lost)
        return;
    EXPECT(strstr(answer, " 200 ") && whole(answer),
           "client %d got no whole answer", i + 1);
}

static void check_answers(void)
{
#ifdef STOP_ANY
    bool must = false;
#else
    bool must = true;
#endif
    for (int i = 0; i < CLIENTS; i++)
#ifdef RESET
        check_answer(i, must, i == 0);
#else
        check_answer(i, must, false);
#endif
}

#ifdef STOP_ANY
static int stop_pipe[2];

static void *stop_it(void *unused)
{
    explore_role("who stops it");
    (void)unused;
    ssize_t put = write(stop_pipe[1], "!", 1);
    EXPECT(put == 1, "the order to stop was not given");
    return NULL;
}
#endif

int main(void)
{
    struct explore_client client[CLIENTS];
    struct options options = {
        .workers = WORKERS, .capacity = CAPACITY, .stop_ms = 5000,
        .idle_ms = 10000, .credits = -1,
    };

    explore_role("acceptor");
    invite(client);
    EXPECT(stats_open() == 0, "stats_open has failed");
    int listener = explore_listen(client, CLIENTS);
    options.deadline = explore_moment(CLIENTS + 1);
#ifdef STOP_ANY
    pthread_t stopper;
    pipe(stop_pipe);
    options.stop = stop_pipe[0];
    explore_order(options.stop);
    pthread_create(&stopper, NULL, stop_it, NULL);
#else
    options.stop = explore_moment(CLIENTS);
#endif

    int status = serve(listener, &options);
    EXPECT(status == 0, "serve says %d", status);
    check_answers();        /* at once: who is served now is served too late */
#ifdef STOP_ANY
    pthread_join(stopper, NULL);
#endif
    explore_lasting();      /* what serve leaves ends with the program */
    return 0;
}
