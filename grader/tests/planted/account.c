/* account.c - one pays in, the other takes out as much, if it is there.
 *
 * With -DKEEPS whoever finds too little returns without giving back the lock.
 */
#include "explore/explore.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int money, taken;

static void *pay_in(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    money += 10;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *take_out(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    if (money < 10) {
#ifndef KEEPS
        pthread_mutex_unlock(&lock);
#endif
        return NULL;
    }
    money -= 10;
    taken += 10;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t one, other;

    pthread_create(&one, NULL, pay_in, NULL);
    pthread_create(&other, NULL, take_out, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    EXPECT(money + taken == 10, "there are %d and %d", money, taken);
    return 0;
}
