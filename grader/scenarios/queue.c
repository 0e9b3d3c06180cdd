/* queue.c - what goes into the queue comes out: once each, and in order.
 *
 * -DPRODUCERS -DCONSUMERS -DCAPACITY -DITEMS (of each producer). Afterwards
 * each consumer is sent home by a number of its own, as a pool's workers are.
 * -DANY_ORDER: what comes out may come in any order, after who is sent home.
 * With -DBOUND it also counts that no more fits in than there is room for.
 */
#include "explore/explore.h"
#include "queue.h"

#include <pthread.h>
#include <stdatomic.h>

#ifndef PRODUCERS
#define PRODUCERS 1
#endif
#ifndef CONSUMERS
#define CONSUMERS 1
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef ITEMS
#define ITEMS 2
#endif

enum { HOME = 1000, ALL = PRODUCERS * ITEMS };

static struct queue *q;
static int got[CONSUMERS + 1][ALL + 1], count[CONSUMERS + 1];

/* Items that are surely inside: put has returned, and no get has begun for
 * them. Relaxed, so that counting puts nothing in order; but each count is a
 * step more, and so we only do it where it is asked for. */
static void inside(int change)
{
#ifdef BOUND
    static atomic_int items;
    int now = atomic_fetch_add_explicit(&items, change,
                                        memory_order_relaxed) + change;

    EXPECT(now <= CAPACITY, "%d items are in a queue of %d", now, CAPACITY);
#else
    (void)change;
#endif
}

static void put(int item)
{
    queue_put(q, item);
    inside(1);
}

static int get(void)
{
    inside(-1);
    return queue_get(q);
}

static void *produce(void *arg)
{
    int me = *(int *)arg;

    explore_role("producer");
    for (int i = 0; i < ITEMS; i++)
        put(me * ITEMS + i);
    return NULL;
}

static void note(int who, int item)
{
    EXPECT(item >= 0 && item < ALL, "a consumer got %d, which nobody put",
           item);
    EXPECT(count[who] < ALL, "a consumer got %d: more than were put", item);
    got[who][count[who]++] = item;
}

static void *consume(void *arg)
{
    int me = *(int *)arg, item;

    explore_role("consumer");
    while ((item = get()) != HOME)
        note(me, item);
    return NULL;
}

/* Of each producer's items a consumer has the earlier first. */
static void check_order(const int *item, int n)
{
#ifndef ANY_ORDER
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            EXPECT(item[j] / ITEMS != item[i] / ITEMS || item[j] <= item[i],
                   "%d came before %d", item[j], item[i]);
#else
    (void)item;
    (void)n;
#endif
}

/* Those that were overtaken by who sends home are still inside. */
static void take_the_rest(void)
{
#ifdef ANY_ORDER
    int n = 0;

    for (int c = 0; c < CONSUMERS; c++)
        n += count[c];
    for (; n < ALL; n++)
        note(CONSUMERS, get());
#endif
}

static void check(void)
{
    int times[ALL] = { 0 };

    for (int c = 0; c <= CONSUMERS; c++) {
        check_order(got[c], count[c]);
        for (int i = 0; i < count[c]; i++)
            times[got[c][i]]++;
    }
    for (int item = 0; item < ALL; item++) {
        EXPECT(times[item] > 0, "item %d is lost", item);
        EXPECT(times[item] < 2, "item %d came twice", item);
    }
}

int main(void)
{
    pthread_t producer[PRODUCERS], consumer[CONSUMERS];
    int number[PRODUCERS + CONSUMERS];

    q = queue_new(CAPACITY);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        number[i] = i < PRODUCERS ? i : i - PRODUCERS;
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&producer[i], NULL, produce, &number[i]);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_create(&consumer[i], NULL, consume, &number[PRODUCERS + i]);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producer[i], NULL);
    for (int i = 0; i < CONSUMERS; i++)
        put(HOME);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_join(consumer[i], NULL);
    take_the_rest();
    check();
    queue_free(q);
    explore_lasting();      /* what a module keeps is kept for good */
    return 0;
}
