/* streams.h - pipes, socket pairs and eventfds, all within the process.
 *
 * No kernel is involved: what is written lies in a ring until it is read.
 * What a reader gets happened before the read, stream by stream and direction
 * by direction. Descriptors begin at FIRST_FD; those below are files, and are
 * the kernel's.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>

enum { FIRST_FD = 100 };

/* Whether a read, or a write, of the descriptor would not wait. */
bool stream_readable(int fd);
bool stream_writable(int fd);

/* What poll has to say of one, or whether it has anything to say of n. */
short stream_events(int fd, short wanted);
bool streams_any(const void *polled, int n);

/* Descriptors that are open, without those that are meant to last. */
int streams_open(void);

/* Those that are open now are. */
void streams_last(void);

/* A new run begins. */
void streams_reset(void);

#endif
