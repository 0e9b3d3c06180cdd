/* able.h - who could take the step it stands before. */
#ifndef ABLE_H
#define ABLE_H

#include "thread.h"

/* Whether what a thread waits for holds. */
bool can_go(const struct thread *t);

/* Bits: the threads of which that is so. */
uint32_t who_can_go(void);

/* The threads to choose from, the running one first. Returns how many, and in
 * *running whether the running one could go on. */
int candidates(struct thread **from, bool *running);

#endif
