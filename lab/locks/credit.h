/* credit.h - what was paid for: so many requests, and then no more.
 *
 * However many come at once, no more are served than there are credits, and
 * no credit is lost. Requests take their time, and take it side by side.
 */
#ifndef CREDIT_H
#define CREDIT_H

#include <stdbool.h>

/* Once, before anybody comes: so many credits; -1 is without end. */
void credit_open(int credits);

enum credit {
    CREDIT_SPENT,           /* the work was done */
    CREDIT_KEPT,            /* the work has failed, and costs nothing */
    CREDIT_NONE,            /* there was no credit: the work was not begun */
};

/* Do the work if a credit is left. work may wait; it says whether all went
 * well. */
enum credit credit_spend(bool (*work)(void *), void *arg);

#endif
