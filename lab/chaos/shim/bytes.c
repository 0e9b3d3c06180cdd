/* bytes.c - SHORT: a stream has no messages. A read may give less than was
 * sent, and a signal or a full buffer may cut a write.
 *
 * Only stream sockets: a short datagram would be a lost one. Not what is
 * asked for as a whole (MSG_WAITALL), nor a look ahead (MSG_PEEK), which would
 * never get further. Nor what epoll watches by edges: there a short count says
 * that the kernel has no more, and that an edge will follow (epoll(7)).
 */
#include "../luck.h"
#include "real.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WATCHED = 65536, WHOLE = MSG_WAITALL | MSG_PEEK | MSG_OOB | MSG_TRUNC };

REAL(int, epoll_ctl, int, int, int, struct epoll_event *)
REAL(ssize_t, read, int, void *, size_t)
REAL(ssize_t, readv, int, const struct iovec *, int)
REAL(ssize_t, recv, int, void *, size_t, int)
REAL(ssize_t, recvfrom, int, void *, size_t, int, struct sockaddr *,
     socklen_t *)
REAL(ssize_t, recvmsg, int, struct msghdr *, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, send, int, const void *, size_t, int)
REAL(ssize_t, sendto, int, const void *, size_t, int, const struct sockaddr *,
     socklen_t)
REAL(ssize_t, sendmsg, int, const struct msghdr *, int)

static atomic_bool by_edges[WATCHED];

static bool may_cut(int fd)
{
    int saved = errno, type = 0;
    socklen_t n = sizeof type;

    if (fd <= STDERR_FILENO || fd >= WATCHED || by_edges[fd])
        return false;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n);
    errno = saved;
    return type == SOCK_STREAM;
}

/* How much of n bytes is to be moved, if at most `most` are (0: all). */
static size_t cut(int fd, size_t n, unsigned most)
{
    if (!most || n < 2 || !may_cut(fd))
        return n;
    size_t less = 1 + chaos_next(BYTES) % most;
    return less < n ? less : n;
}

/* The first piece that is not empty, cut; false if all is to go as it is. */
static bool cut_pieces(int fd, const struct iovec *pieces, size_t n,
                       unsigned most, struct iovec *first)
{
    while (n > 0 && pieces->iov_len == 0)
        n--, pieces++;
    if (!most || n == 0 || !may_cut(fd))
        return false;
    *first = *pieces;
    first->iov_len = cut(fd, first->iov_len, most);
    return true;
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    if (what != EPOLL_CTL_DEL && event && fd >= 0 && fd < WATCHED)
        by_edges[fd] = (event->events & EPOLLET) != 0;
    return CALL(epoll_ctl)(epoll, what, fd, event);
}

ssize_t read(int fd, void *to, size_t n)
{
    return CALL(read)(fd, to, cut(fd, n, chaos_luck.read_most));
}

ssize_t readv(int fd, const struct iovec *pieces, int n)
{
    struct iovec first;

    if (n > 0 &&
        cut_pieces(fd, pieces, (size_t)n, chaos_luck.read_most, &first))
        return CALL(readv)(fd, &first, 1);
    return CALL(readv)(fd, pieces, n);
}

ssize_t recv(int fd, void *to, size_t n, int flags)
{
    unsigned most = flags & WHOLE ? 0 : chaos_luck.read_most;

    return CALL(recv)(fd, to, cut(fd, n, most), flags);
}

ssize_t recvfrom(int fd, void *to, size_t n, int flags,
                 struct sockaddr *restrict from, socklen_t *restrict size)
{
    unsigned most = flags & WHOLE ? 0 : chaos_luck.read_most;

    return CALL(recvfrom)(fd, to, cut(fd, n, most), flags, from, size);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct msghdr less = *message;
    struct iovec first;
    unsigned most = flags & WHOLE ? 0 : chaos_luck.read_most;

    if (!cut_pieces(fd, message->msg_iov, message->msg_iovlen, most, &first))
        return CALL(recvmsg)(fd, message, flags);
    less.msg_iov = &first;
    less.msg_iovlen = 1;
    ssize_t got = CALL(recvmsg)(fd, &less, flags);
    less.msg_iov = message->msg_iov;
    less.msg_iovlen = message->msg_iovlen;
    *message = less;
    return got;
}

ssize_t write(int fd, const void *from, size_t n)
{
    return CALL(write)(fd, from, cut(fd, n, chaos_luck.write_most));
}

ssize_t writev(int fd, const struct iovec *pieces, int n)
{
    struct iovec first;

    if (n > 0 &&
        cut_pieces(fd, pieces, (size_t)n, chaos_luck.write_most, &first))
        return CALL(writev)(fd, &first, 1);
    return CALL(writev)(fd, pieces, n);
}

ssize_t send(int fd, const void *from, size_t n, int flags)
{
    return CALL(send)(fd, from, cut(fd, n, chaos_luck.write_most), flags);
}

ssize_t sendto(int fd, const void *from, size_t n, int flags,
               const struct sockaddr *to, socklen_t size)
{
    return CALL(sendto)(fd, from, cut(fd, n, chaos_luck.write_most), flags,
                        to, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr less = *message;
    struct iovec first;

    if (!cut_pieces(fd, message->msg_iov, message->msg_iovlen,
                    chaos_luck.write_most, &first))
        return CALL(sendmsg)(fd, message, flags);
    less.msg_iov = &first;
    less.msg_iovlen = 1;
    return CALL(sendmsg)(fd, &less, flags);
}
