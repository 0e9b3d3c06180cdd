/* request.h - the bytes of a request: a head that is always the same, and the
 * body of a client, with the request's number in it. */
#ifndef REQUEST_H
#define REQUEST_H

#include "run.h"

struct request {
    unsigned char *bytes;       /* ours: head and body */
    size_t size, head;
    int client;                 /* whose body it is, or -1 */
};

/* Returns 0, or -1 with errno. */
int request_open(struct request *q, const struct target *target);

/* Make it request `number` of a client. */
void request_set(struct request *q, int client, long number);

void request_close(struct request *q);

#endif
