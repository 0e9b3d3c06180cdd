/* process.c - what the program may ask of its process: to end, above all. What
 * differs from process to process is the same in every run here. */
#include "call.h"
#include "libc.h"
#include "seen.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { PID = 1000 };

static uint64_t chance;         /* of rand */

void libc_reset(void)
{
    chance = 1;
}

static unsigned next_number(void)
{
    seen_all();
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance >> 33);
}

int explored_rand(void)
{
    return (int)next_number();
}

void explored_srand(unsigned seed)
{
    seen_all();
    chance = seed;
}

long explored_random(void)
{
    return (long)next_number();
}

void explored_srandom(unsigned seed)
{
    seen_all();
    chance = seed;
}

/* The caller's own seed. */
int explored_rand_r(unsigned *seed)
{
    access_memory(seed, sizeof *seed, true, PC);
    return rand_r(seed);
}

ssize_t explored_getrandom(void *to, size_t n, unsigned flags)
{
    (void)flags;
    access_memory(to, n, true, PC);
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)to)[i] = (unsigned char)(next_number() >> 8);
    return (ssize_t)n;
}

pid_t explored_getpid(void)
{
    return PID;
}

pid_t explored_gettid(void)
{
    return PID + self->id;
}

static _Noreturn void end(int status, uint32_t pc)
{
    verdict(CRASH, "exit", "T%d ends the program at {c:%x} with status %d",
            self->id, pc, status);
}

/* From main it is a return. */
_Noreturn void explored_exit(int status)
{
    if (self->id == 0 && status == 0)
        main_over();
    end(status, PC);
}

_Noreturn void explored__exit(int status)
{
    end(status, PC);
}

_Noreturn void explored__Exit(int status)
{
    end(status, PC);
}

_Noreturn void explored_quick_exit(int status)
{
    end(status, PC);
}

_Noreturn void explored_abort(void)
{
    verdict(CRASH, "abort", "T%d calls abort at {c:%x}", self->id, PC);
}

_Noreturn void explored___assert_fail(const char *what, const char *file,
                                      unsigned line, const char *function)
{
    (void)file;
    (void)function;
    (void)line;
    verdict(WRONG, what, "in T%d the assertion %s does not hold at {c:%x}",
            self->id, what, PC);
}
