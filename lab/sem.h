/* sem.h - semaphores that are not disturbed by signals.
 *
 * sem_wait gives up with EINTR when a signal handler has run. That is no
 * permission to go on, so sem_down asks again.
 */
#ifndef SEM_H
#define SEM_H

#include <errno.h>
#include <semaphore.h>

/* P: wait until the count is positive, then take one. */
static inline void sem_down(sem_t *s)
{
    while (sem_wait(s) == -1 && errno == EINTR)
        continue;
}

/* V: give one back, and wake one who waits. */
static inline void sem_up(sem_t *s)
{
    sem_post(s);
}

#endif
