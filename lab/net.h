/* net.h - listening, accepting, and bytes that arrive completely.
 *
 * Nothing here prints or exits: -1 with errno, as system calls do. Everything
 * that waits does so in poll, together with the descriptors that end the wait.
 */
#ifndef NET_H
#define NET_H

#include <stddef.h>
#include <sys/types.h>

enum { NET_STOP = -2 };

/* A listener on 127.0.0.1:port, blocking; port 0 lets the kernel choose.
 * Returns the descriptor, yours to close, or -1 with errno. */
int net_listen(int port);

/* The port that listener is bound to, or -1 with errno. */
int net_port(int listener);

/* Wait for the next client. Returns its connection, yours to close; or
 * NET_STOP once `stop` is readable; or -1 with errno when the listener itself
 * is broken. What is only one client's misfortune is retried in here. */
int net_accept(int listener, int stop);

/* Tell a client that it cannot be served now (503), without waiting for
 * anything. Borrows conn: close it afterwards. */
void net_refuse(int conn);

/* What a wait is ended by, besides the thing waited for. */
struct patience {
    int stop;               /* a descriptor that says stop, or -1 */
    int deadline;           /* a descriptor that says give up, or -1 */
    int idle_ms;            /* give up after so long without a byte */
};

/* Read what is there, at least one byte. Returns the number, 0 at the end of
 * the stream, or -1: ETIMEDOUT when patience ran out, ECANCELED on stop. */
ssize_t net_read(int conn, void *buf, size_t n, const struct patience *p);

/* Write all of it. flags: 0, or MSG_MORE when more follows at once, so that
 * the kernel may fill its packets. Returns 0, or -1 as net_read does. */
int net_write(int conn, const void *buf, size_t n, int flags,
              const struct patience *p);

/* Sleep, unless `deadline` becomes readable first: then -1 (ECANCELED). */
int net_sleep(int ms, int deadline);

/* Say goodbye so that the client surely gets what was written: end our side,
 * then read what it still sends. Does not close. */
void net_drain(int conn, const struct patience *p);

#endif
