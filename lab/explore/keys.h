/* keys.h - what each thread has for itself. */
#ifndef KEYS_H
#define KEYS_H

/* The running thread ends: call its destructors, and again while they leave
 * something, as often as the system would. */
void keys_end(void);

/* A new run begins. */
void keys_reset(void);

#endif
