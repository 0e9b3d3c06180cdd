/* credit.c - see credit.h. One number that agrees with nothing else: an atomic
 * is enough, as long as looking and taking are one operation.
 */
#include "locks/credit.h"

#include <stdatomic.h>

static atomic_int left;         /* below 0: without end */

void credit_open(int credits)
{
    atomic_store(&left, credits);
}

static bool take(void)
{
    int seen = atomic_load(&left);

    do
        if (seen <= 0)
            return seen < 0;
    while (!atomic_compare_exchange_weak(&left, &seen, seen - 1));
    return true;
}

enum credit credit_spend(bool (*work)(void *), void *arg)
{
    if (!take())
        return CREDIT_NONE;
    if (work(arg))
        return CREDIT_SPENT;
    if (atomic_load(&left) >= 0)        /* there is an end: there always was */
        atomic_fetch_add(&left, 1);
    return CREDIT_KEPT;
}
