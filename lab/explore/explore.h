/* explore.h - what a scenario says to the explorer.
 *
 * A scenario is an ordinary program: main starts threads, joins them and
 * states what must hold. The explorer (lab/explore/explore-cc builds it) runs
 * it under one order of steps after the other, one thread at a time, and looks
 * for an order in which something stated here, or something that every
 * program must hold, does not. Built with cc and native.c it runs plainly.
 *
 * Nothing here blocks. Memory that main does not set is as a new process has
 * it, in every run.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stddef.h>

/* What must be true here: EXPECT(n == 2, "n is %d", n). The text tells a
 * person what was seen; with its values left out it tells failures apart. */
#define EXPECT(condition, ...) \
    ((condition) ? (void)0 : explore_wrong(__FILE__, __LINE__, __VA_ARGS__))

_Noreturn void explore_wrong(const char *file, int line, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

/* What the calling thread, or some memory, is called in reports: up to 47
 * characters. Optional. */
void explore_role(const char *name);
void explore_name(const void *start, size_t size, const char *name);

/* From here on nobody starves for the scheduler's sake: semaphores are handed
 * over first come, first served, and whoever can run is not passed over for
 * ever. For questions about the program's own fairness. */
void explore_fair(void);

/* Somebody waited while others entered `times`: up to `fair` is what fairness
 * allows, more than `starved` fails, and between them nothing is claimed. */
void explore_overtaken(long times, long fair, long starved);

/* Clients of a server, and what it has to do with them: data, no threads.
 * `after` so many connections are over (closed by the program) a client has
 * come, and has sent all of its text; then it stays for its answer, or has
 * ended its side, or has reset the connection. */
enum explore_then { EXPLORE_STAYS, EXPLORE_ENDS, EXPLORE_RESETS };

struct explore_client {
    const char *sends;
    enum explore_then then;
    int after;
};

/* A listener to which these come in this order. Borrows nothing but the texts.
 * A descriptor for poll and accept, yours to close. One a run. */
int explore_listen(const struct explore_client *list, int n);

/* A descriptor that is readable once so many connections are over. */
int explore_moment(int after);

/* The descriptor by which the order to stop is given: who is accepted once it
 * is readable has come late. One a run; and whether a client has. */
void explore_order(int fd);
int explore_late(int client);

/* What a client was sent: text of up to size - 1 bytes. */
enum explore_end { EXPLORE_NOT_ACCEPTED, EXPLORE_LEFT_OPEN, EXPLORE_CLOSED };
enum explore_end explore_answer(int client, char *to, unsigned long size);

/* Threads that run and descriptors that are open are there for as long as
 * the process is: main may return without them, and they are no leak. */
void explore_lasting(void);

#endif
