/* tls.h - the program's thread-local variables, when its threads are fibres.
 *
 * There is one block of them, the real thread's; a switch copies it out and
 * another in. So a pointer to another thread's variable leads to one's own.
 */
#ifndef TLS_H
#define TLS_H

#include "thread.h"

/* Whether the program has such variables. */
bool tls_used(void);

/* Find the block; call once, on the real thread that runs the fibres. */
int tls_open(void);

/* The calling real thread's variables, libc's as well: the lowest address. */
char *tls_here(void);

/* A new thread's variables begin as the program says. */
void tls_begin(struct thread *t);

/* `to` goes on, in the place of `from` if that is not NULL. */
void tls_switch(struct thread *from, struct thread *to);

/* Whether an address is among a thread's variables. */
bool tls_holds(const struct thread *t, const void *address);

#endif
