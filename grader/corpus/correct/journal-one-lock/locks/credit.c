/* credit.c - see credit.h. */
#include "locks/credit.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int left;            /* credits; below 0: without end */

void credit_open(int credits)
{
    left = credits;
}
/* Look and take in one breath: between the two nobody may take the same. */
static bool take(void)
{
    pthread_mutex_lock(&lock);
    bool took = left != 0;
    if (left > 0)
        left--;
    pthread_mutex_unlock(&lock);
    return took;
}

static void give_back(void)
{
    pthread_mutex_lock(&lock);
    if (left >= 0)
        left++;
    pthread_mutex_unlock(&lock);
}

enum credit credit_spend(bool (*work)(void *), void *arg)
{
    if (!take())
        return CREDIT_NONE;
    if (work(arg))          /* without the lock: it may take long */
        return CREDIT_SPENT;
    give_back();
    return CREDIT_KEPT;
}
