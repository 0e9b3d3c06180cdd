/* credit.c - see credit.h. A semaphore counts things: here, credits. */
#include "locks/credit.h"

#include "sem.h"

static sem_t left;
static bool without_end;

void credit_open(int credits)
{
    without_end = credits < 0;
    sem_init(&left, 0, without_end ? 0 : (unsigned)credits);
}

static bool take(void)
{
    int got;

    while ((got = sem_trywait(&left)) == -1 && errno == EINTR)
        continue;
    return got == 0;
}

enum credit credit_spend(bool (*work)(void *), void *arg)
{
    if (without_end)
        return work(arg) ? CREDIT_SPENT : CREDIT_KEPT;
    if (!take())
        return CREDIT_NONE;
    if (work(arg))
        return CREDIT_SPENT;
    sem_up(&left);
    return CREDIT_KEPT;
}
