/* watch.c - NOTES: what a server does that is hard to see from outside, and
 * TAKEN: what becomes of it.
 *
 * A descriptor that is closed twice may by then be another client's. Where the
 * second close comes before that client it only says EBADF; that it does is
 * luck, for the thread may as well be late.
 */
#include "../luck.h"
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>

enum { IN_VAIN = 20 };      /* waits of a process: it may close all there are */

REAL(int, close, int)
REAL(int, sem_init, sem_t *, int, unsigned)

/* A descriptor that is not open: wait until another thread has got it. */
static void let_it_be_taken(int fd)
{
    static atomic_uint in_vain;
    int saved = errno;
    unsigned ms = 0, most = in_vain < IN_VAIN ? chaos_luck.taken_ms : 0;

    while (ms < most && fcntl(fd, F_GETFD) == -1 && ++ms < most)
        chaos_sleep(1000);
    in_vain += most && ms == most;
    errno = saved;
}

int close(int fd)
{
    if (chaos_luck.taken_ms)
        let_it_be_taken(fd);
    int result = CALL(close)(fd);

    if (!chaos_luck.notes)
        return result;
    if (result == -1 && errno == EBADF)
        chaos_say("close of a descriptor that is not open (%)", fd, 0);
    else if (fd == 0)
        chaos_say("close of descriptor 0", 0, 0);
    return result;
}

int sem_init(sem_t *semaphore, int pshared, unsigned value)
{
    if (chaos_luck.notes)
        chaos_say("sem_init value % pshared %", (int)value, pshared);
    return CALL(sem_init)(semaphore, pshared, value);
}
