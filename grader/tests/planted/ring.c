/* ring.c - numbers go through a small ring, with a lock and two conditions.
 *
 * -DPRODUCERS -DCONSUMERS -DSIZE. A bug for each of
 * -DSAME_SLOT   put writes where the next is read
 * -DIF          take does not look again after its wait
 * -DWHEN_EMPTY  put signals only where the ring was empty
 * -DONE_FOR_ALL both kinds wait at one condition: with one slot, a signal may
 *               wake one of those who have to wait on
 *
 * Each number is another power of two, so the sum tells that one is lost, or
 * came twice, whatever else happens; and each bug has one way to show itself,
 * which does not depend on the compiler.
 */
#include "explore/explore.h"

#include <pthread.h>

#ifndef PRODUCERS
#define PRODUCERS 1
#endif
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef SIZE
#define SIZE 2
#endif

enum { EACH = 2 * CONSUMERS / PRODUCERS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
#ifdef ONE_FOR_ALL
#define room more
#else
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;
#endif
static int slot[SIZE], head, tail, count, next = 1, sum;

static void put(int number)
{
    pthread_mutex_lock(&lock);
    while (count == SIZE)
        pthread_cond_wait(&room, &lock);
#ifdef SAME_SLOT
    slot[head] = number;
#else
    slot[tail] = number;
#endif
    tail = (tail + 1) % SIZE;
    count++;
#ifdef WHEN_EMPTY
    if (count == 1)
#endif
        pthread_cond_signal(&more);
    pthread_mutex_unlock(&lock);
}

static int take(void)
{
    pthread_mutex_lock(&lock);
#ifdef IF
    if (count == 0)
#else
    while (count == 0)
#endif
        pthread_cond_wait(&more, &lock);
    EXPECT(count > 0, "something is taken from an empty ring");
    int number = slot[head];
    head = (head + 1) % SIZE;
    count--;
    pthread_cond_signal(&room);
    pthread_mutex_unlock(&lock);
    return number;
}

static void *produce(void *first)
{
    explore_role("producer");
    for (int i = 0; i < EACH; i++)
        put(*(int *)first << i);
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    explore_role("consumer");
    for (int i = 0; i < 2; i++) {
        int number = take();
        pthread_mutex_lock(&lock);
        sum += number;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[PRODUCERS + CONSUMERS];
    int first[PRODUCERS];

    for (int i = 0; i < PRODUCERS; i++, next <<= EACH) {
        first[i] = next;
        pthread_create(&thread[i], NULL, produce, &first[i]);
    }
    for (int i = PRODUCERS; i < PRODUCERS + CONSUMERS; i++)
        pthread_create(&thread[i], NULL, consume, NULL);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(thread[i], NULL);
    EXPECT(sum == next - 1, "the numbers' sum is %d", sum);
    return 0;
}
