/* luck.h - what both halves of lab/chaos share: options, choices, notes.
 *
 * shim/ is preloaded into any server (LD_PRELOAD); delay/ is linked to one
 * whose part was compiled with -fsanitize=thread. Whatever they do, the kernel
 * and the standards allow to happen; it only happens on demand. A right
 * program may get slower and nothing else. The environment says what happens:
 *
 *     FAIL=fork:3,accept:4:EINTR    every n-th call of a process fails: fork
 *         and pthread_create with EAGAIN; accept (and accept4) with EINTR,
 *         ECONNABORTED, EMFILE or, a non-blocking one, EAGAIN
 *     LINGER=500      an accept that FAIL makes fail returns so late, or when a
 *         signal has been handled: between the failure and whoever asks why
 *     FIRST=500       a forked child goes first: its parent returns from fork
 *         when it has ended, and its death had time to be noticed, or so late
 *     CALM=1          forks are spared until the program listens: whoever starts
 *                     it may have to fork for that
 *     LATE=120        a new thread gets its first time slice 120 ms late
 *     SPURIOUS=2      every second wait of a thread on a condition variable
 *                     wakes without a signal
 *     SHORT=3         sockets give and take at most so many bytes a call;
 *                     w:3 is for writes only
 *     TAKEN=100       closing what is not open comes so late, or when another
 *         thread has got that descriptor
 *     NOTES=1         double closes, sem_init and the 10th, 100th ... fork that
 *                     has failed are told on stderr
 *     DELAY=us:percent    (delay/) up to so long, at so many of the places
 *     SEED=7          all choices
 *
 * A name or value that means nothing ends the program with status 2.
 */
#ifndef LUCK_H
#define LUCK_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum call { FORK, CREATE, ACCEPT, CALLS };

struct luck {
    struct {
        unsigned every;         /* 0: never */
        int error;
    } fail[CALLS];
    unsigned late_ms, linger_ms, first_ms, taken_ms, spurious;
    unsigned read_most, write_most;
    unsigned delay_us, delay_percent;
    uint64_t seed;
    bool notes, calm;
};

/* All zero, that is no bad luck at all, until our constructor has run. */
extern struct luck chaos_luck;

/* What is chosen by chance. Each has a stream of its own in each thread, so
 * that one more of these does not change all the others. */
enum choice { WAITS, BYTES, WRITES, READS, PLACES, CHOICES };

/* The next number of this thread's stream. It depends on the seed, on which
 * thread or process this is (see chaos_birth), and on how many were drawn. */
uint32_t chaos_next(enum choice choice);

/* A name for the thread that the calling one is about to create: the next one
 * of its children. So names do not depend on who is faster. (A forked child
 * gets one by itself.) */
uint64_t chaos_birth(void);

/* The calling thread is new, and this is its name. */
void chaos_born(uint64_t name);

/* Sleep, whatever signals come. No cancellation point, and errno stays. */
void chaos_sleep(unsigned us);

/* Write "chaos: ", the text with each % replaced by the next number, and a
 * newline on stderr, in one piece. For handlers too; errno stays. */
void chaos_say(const char *text, int first, int second);

#pragma GCC visibility pop

#endif
