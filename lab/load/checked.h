/* checked.h - all clients in one thread: libcurl makes every request.
 *
 * It knows all of HTTP, so what it takes for a right reply is one, chunks and
 * all; it also costs three to four times what a server costs, so this is for
 * seeing whether replies are right, and not how fast they come.
 */
#ifndef CHECKED_H
#define CHECKED_H

#include "pace.h"

/* Make the requests of a closed loop; each is noted in r. Returns 0, or -1
 * with errno: it could not even begin. */
int checked_run(struct run *r, struct pace *pace);

#endif
