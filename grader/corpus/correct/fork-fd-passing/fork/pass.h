/* pass.h - a descriptor travels through a Unix socket.
 *
 * The receiver gets a descriptor of its own for the same open file, as after
 * fork. Both ends are message sockets (SOCK_SEQPACKET): one message, one
 * descriptor, one receiver.
 */
#ifndef PASS_H
#define PASS_H

enum { PASS_END = -1, PASS_LOST = -2 };

/* Send a copy of fd; borrows it. Returns 0, or -1 with errno. */
int give_fd(int to, int fd);

/* Wait for the next descriptor. Returns it, yours to close; or PASS_END when
 * nobody can send one any more; or PASS_LOST when one came and there was no
 * room for it in this process: the kernel has closed it. */
int take_fd(int from);

#endif
