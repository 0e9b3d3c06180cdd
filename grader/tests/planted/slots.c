/* slots.c - the same with semaphores: two put numbers, one takes them.
 *
 * -DMUTEX=0 locks everybody out and -DMUTEX=2 lets two in at once; with
 * -DROOM=3 there is one more place than slots. Nothing but the sum is
 * stated: semaphores that are right by themselves let nobody wait for ever.
 */
#include "explore/explore.h"

#include <pthread.h>
#include <semaphore.h>

#ifndef MUTEX
#define MUTEX 1
#endif
#ifndef ROOM
#define ROOM SIZE
#endif

enum { SIZE = 2, EACH = 2 };

static sem_t room, items, lock;
static int slot[SIZE], head, tail, sum;

static void *produce(void *first)
{
    explore_role("producer");
    for (int i = 0; i < EACH; i++) {
        sem_wait(&room);
        sem_wait(&lock);
        slot[tail] = *(int *)first << i;
        tail = (tail + 1) % SIZE;
        sem_post(&lock);
        sem_post(&items);
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    explore_role("consumer");
    for (int i = 0; i < 2 * EACH; i++) {
        sem_wait(&items);
        sem_wait(&lock);
        sum += slot[head];
        head = (head + 1) % SIZE;
        sem_post(&lock);
        sem_post(&room);
    }
    return NULL;
}

int main(void)
{
    pthread_t one, other, consumer;
    int first[] = { 1, 1 << EACH };

    sem_init(&room, 0, ROOM);
    sem_init(&items, 0, 0);
    sem_init(&lock, 0, MUTEX);
    pthread_create(&one, NULL, produce, &first[0]);
    pthread_create(&other, NULL, produce, &first[1]);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    pthread_join(consumer, NULL);
    EXPECT(sum == 15, "the numbers' sum is %d", sum);
    return 0;
}
