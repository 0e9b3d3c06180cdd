/* descriptor.h - the table of descriptors behind streams.c. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include "ring.h"

struct descriptor {
    bool used, lasting, nonblocking;
    bool is_socket;
    bool is_event, one_by_one;  /* eventfd, EFD_SEMAPHORE */
    bool in_over, out_over;     /* shut down */
    struct ring *from, *to;     /* NULL: never in that direction */
    uint64_t count;             /* eventfd */
    struct clock clock;
};

/* A new one. Returns its number; ends the run if there are too many. */
int descriptor_new(bool nonblocking, uint32_t pc);

/* The one of that number, or NULL. */
struct descriptor *descriptor_at(int fd);

/* The same for a call: one of ours that is not open ends the run. NULL where
 * the number is none of ours. */
struct descriptor *descriptor_in_use(int fd, const char *what, uint32_t pc);

/* Whether a read, or a write, has an answer now, if need be that there is
 * nothing more. */
bool descriptor_has_input(const struct descriptor *d);
bool descriptor_has_room(const struct descriptor *d);

/* Close it. */
void descriptor_close(struct descriptor *d);

#endif
