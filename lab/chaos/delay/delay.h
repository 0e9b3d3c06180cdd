/* delay.h - where code that was compiled with -fsanitize=thread, and linked
 * without libtsan, waits a little: at the places where another thread or
 * process may come between.
 *
 *     memory.c    before a write to memory that is not the thread's own
 *                 stack; before a read of it, but less often
 *     atomics.c   after a load, before and after a change; and a weak
 *                 compare-and-exchange fails now and then, as it may
 *     places.c    around the calls that hand something over
 *
 * DELAY=us:percent: at so many of the places a pause of up to so long; at as
 * many others the processor is given away for a moment.
 */
#ifndef DELAY_H
#define DELAY_H

#include "../luck.h"

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Wait here, or not, as this choice of the thread's says. `share` is how many
 * of the chances are kept: 1 all, 4 a quarter. Errno stays. */
void chaos_maybe_wait(enum choice choice, unsigned share);

/* The same at a place: a call or an atomic access. */
static inline void chaos_place(void)
{
    chaos_maybe_wait(PLACES, 1);
}

/* Where the calling thread's stack is; to be called when it begins. */
void chaos_find_stack(void);

#pragma GCC visibility pop

#endif
