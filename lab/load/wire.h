/* wire.h - a connection, and the request that is on it. Waits nowhere. */
#ifndef WIRE_H
#define WIRE_H

#include "dial.h"
#include "reply.h"

#include <stdint.h>

struct wire {
    int fd;                         /* -1: none, else ours to close */
    bool used;                      /* it has carried a request before */
    const unsigned char *request;   /* borrowed: head and body ... */
    size_t size, sent;              /* ... and how far it is sent */
    struct reply reply;
};

/* No connection yet. The request's last `body` bytes are expected back. */
void wire_begin(struct wire *w, const unsigned char *request, size_t size,
                size_t body);

/* Go on after epoll's `events`, EPOLLOUT for a request that is new. Returns
 * GOES_ON, or the outcome; the words of an OTHER are in *words then. */
int wire_go(struct wire *w, uint32_t events, const char **words);

/* Whether the server closed a connection that was kept, before it can have
 * seen the request, so that it may be sent once more. */
bool wire_was_stale(const struct wire *w, int outcome);

void wire_close(struct wire *w);

#endif
