/* crowd.h - clients and an order to stop that are data, and no threads.
 *
 * The whole outside of a server, within the process: a listener with those who
 * come to it, what each has sent, and what it gets back. Nothing here happens
 * by itself. A client comes, and the order to stop is there, once so many
 * connections are over, so all of it follows from the program's own steps, and
 * costs no orders.
 */
#ifndef CROWD_H
#define CROWD_H

#include "descriptor.h"

/* Those who wait to be accepted. */
bool crowd_waits(void);

/* Accept the next one, who must be there. Returns its connection. */
int crowd_accept(bool nonblocking, uint32_t pc);

/* So many connections are over. */
int crowd_gone(void);

/* The program has closed a client's connection. */
void crowd_leave(struct descriptor *d);

/* A client has reset its connection, and all it had sent was read: the first
 * call that learns of it gets ECONNRESET. Returns whether this one does. */
bool crowd_reset_is_news(struct descriptor *d);

/* A new run begins. */
void crowd_reset(void);

#endif
