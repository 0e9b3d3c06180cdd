/* libc.h - what files that stand in for a library forget between runs. */
#ifndef LIBC_H
#define LIBC_H

void libc_reset(void);
void signals_reset(void);
void semaphores_reset(void);
void threads_reset(void);

#endif
