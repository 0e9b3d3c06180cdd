/* descriptor.h - the table of descriptors behind streams.c. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include "ring.h"

struct descriptor {
    bool used, lasting, nonblocking;
    bool is_socket;
    bool is_event, one_by_one;  /* eventfd, EFD_SEMAPHORE */
    bool is_listener, is_moment;    /* crowd.h */
    int after;                  /* moment: once so many connections are over */
    int client;                 /* connection: whose, from 1 on */
    bool news;                  /* the client has reset it: nobody knows yet */
    int user;                   /* the thread that used it last ... */
    uint32_t used_at, used_pc;  /* ... at this time of its clock, and where */
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

/* End the run: what a call asks of a descriptor is not known here. */
_Noreturn void descriptor_refuse(const char *what, uint32_t pc);

/* Whether a read, or a write, has an answer now, if need be that there is
 * nothing more. */
bool descriptor_has_input(const struct descriptor *d);
bool descriptor_has_room(const struct descriptor *d);

/* Close it. */
void descriptor_close(struct descriptor *d);

/* A step on a client's connection that need not wait. What the client sent is
 * there already, and nobody reads what it gets, so no other step makes a
 * difference as long as those who use the connection take turns. Where they do
 * not, both places become such before which others may come. */
void step_on_connection(struct descriptor *d, const void *at, uint32_t pc);

/* What alone a read, or a write, of it is about (steps.h), and a step that
 * changes which descriptors and clients there are. */
const void *descriptor_input(const struct descriptor *d);
const void *descriptor_output(const struct descriptor *d);
const void *descriptor_all(void);

#endif
