/* loop.h - all clients in one thread: requests by our own hands, for load.
 *
 * A library that does everything right costs three to four times what the
 * server costs, and starves it. So libcurl finds the address behind a name, and
 * the rest is connect, send, recv and one epoll for all sockets.
 */
#ifndef LOOP_H
#define LOOP_H

#include "pace.h"

/* Make the requests; each is noted in r. Returns 0, or -1 with errno: it could
 * not even begin. */
int loop_run(struct run *r, struct pace *pace);

#endif
