/* credit.c - more come than were paid for, and their requests take a while.
 *
 * -DCLIENTS -DCREDITS -DFAILING (so many of the clients have work that fails).
 * -DTOGETHER: two at work wait for each other: nobody works alone.
 */
#include "explore/explore.h"
#include "locks/credit.h"

#include <pthread.h>
#include <semaphore.h>

#ifndef CLIENTS
#define CLIENTS 3
#endif
#ifndef CREDITS
#define CREDITS 2
#endif
#ifndef FAILING
#define FAILING 0
#endif

struct client {
    int number;
    enum credit end;
};

static sem_t work_goes_on;      /* what takes time is a step of its own */

#ifdef TOGETHER
static sem_t here[2];
#endif

static bool work(void *arg)
{
    const struct client *me = arg;

#ifdef TOGETHER
    if (me->number < 2) {       /* who comes late has nobody to wait for */
        sem_post(&here[me->number]);
        sem_wait(&here[!me->number]);
    }
#endif
    sem_wait(&work_goes_on);
    sem_post(&work_goes_on);
    return me->number >= FAILING;
}

static void *come(void *arg)
{
    struct client *me = arg;

    explore_role("worker");
    me->end = credit_spend(work, me);
    return NULL;
}

static int count(const struct client *client, enum credit end)
{
    int n = 0;

    for (int i = 0; i < CLIENTS; i++)
        n += client[i].end == end;
    return n;
}

int main(void)
{
    pthread_t thread[CLIENTS];
    struct client client[CLIENTS], late = { CLIENTS, CREDIT_NONE };
    int left = CREDITS, more = 0;

    credit_open(CREDITS);
    sem_init(&work_goes_on, 0, CLIENTS);
#ifdef TOGETHER
    sem_init(&here[0], 0, 0);
    sem_init(&here[1], 0, 0);
#endif
    for (int i = 0; i < CLIENTS; i++) {
        client[i].number = i;
        pthread_create(&thread[i], NULL, come, &client[i]);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(thread[i], NULL);

    int spent = count(client, CREDIT_SPENT);
    EXPECT(spent <= CREDITS, "%d were served, and %d were paid for", spent,
           CREDITS);
    for (left -= spent; more <= left && credit_spend(work, &late) == CREDIT_SPENT;)
        more++;
    EXPECT(more >= left, "%d of %d credits that were left were lost",
           left - more, left);
    EXPECT(more <= left, "%d credits were left, and then %d more were served",
           left, more);
    explore_lasting();      /* what a module keeps is kept for good */
    return 0;
}
