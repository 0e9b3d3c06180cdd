/* stats.c - four numbers that must agree, while clients come and go.
 *
 * -DCLIENTS -DREQUESTS (of each) -DBODY (of each request; 0 is a number too).
 * With -DREADER somebody reads meanwhile. With -DPEAK it is the peak that
 * counts, and with -DTOGETHER nobody ends before all have begun, so that it is
 * known.
 */
#include "explore/explore.h"
#include "stats.h"

#include <pthread.h>

#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef REQUESTS
#define REQUESTS 1
#endif
#ifndef BODY
#define BODY 100
#endif

#ifdef TOGETHER
#define LEAST_PEAK CLIENTS
static pthread_barrier_t all_active;
#else
#define LEAST_PEAK 1
#endif

static void *client(void *unused)
{
    (void)unused;
    explore_role("worker");
    for (int i = 0; i < REQUESTS; i++) {
        stats_begin();
#ifdef TOGETHER
        pthread_barrier_wait(&all_active);
#endif
        stats_end(BODY);
    }
    return NULL;
}

static void look(void)
{
    struct stats s;

    stats_read(&s);
#ifdef PEAK
    EXPECT(s.active >= 0 && s.active <= s.peak,
           "%d are active, and %d were at most", s.active, s.peak);
#else
    EXPECT(s.bytes == BODY * s.served,
           "%ld requests were served, and %ld bytes of %d each",
           s.served, s.bytes, BODY);
#endif
}

static void *reader(void *unused)
{
    (void)unused;
    explore_role("reader");
    look();
    return NULL;
}

int main(void)
{
    pthread_t thread[CLIENTS + 1];
    struct stats s;
    int n = CLIENTS;

    EXPECT(stats_open() == 0, "stats_open failed");
#ifdef TOGETHER
    pthread_barrier_init(&all_active, NULL, CLIENTS);
#endif
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&thread[i], NULL, client, NULL);
#ifdef READER
    pthread_create(&thread[n++], NULL, reader, NULL);
#else
    (void)reader;
#endif
    for (int i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
    stats_read(&s);
    EXPECT(s.served == CLIENTS * REQUESTS, "%ld of %d requests are counted",
           s.served, CLIENTS * REQUESTS);
    EXPECT(s.bytes == BODY * CLIENTS * REQUESTS, "%ld of %d bytes are counted",
           s.bytes, BODY * CLIENTS * REQUESTS);
    EXPECT(s.active == 0, "%d are active, and nobody is there", s.active);
#ifdef PEAK
    EXPECT(s.peak >= LEAST_PEAK && s.peak <= CLIENTS,
           "the peak of %d clients is %d", CLIENTS, s.peak);
#endif
    explore_lasting();      /* there is no call that closes the numbers */
    return 0;
}
