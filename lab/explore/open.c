/* open.c - the calls that open descriptors. */
#include "streams.h"

#include "call.h"
#include "descriptor.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_pipe(int fds[2], bool nonblocking, uint32_t pc)
{
    struct ring *r = ring_new(pc);

    touch_memory(fds, 2 * sizeof *fds, true, pc);
    fds[0] = descriptor_new(nonblocking, pc);
    fds[1] = descriptor_new(nonblocking, pc);
    descriptor_at(fds[0])->from = descriptor_at(fds[1])->to = r;
    return 0;
}

int explored_pipe2(int fds[2], int flags)
{
    return open_pipe(fds, flags & O_NONBLOCK, PC);
}

int explored_pipe(int fds[2])
{
    return open_pipe(fds, false, PC);
}

int explored_socketpair(int domain, int type, int protocol, int fds[2])
{
    struct ring *there = ring_new(PC), *back = ring_new(PC);

    (void)protocol;
    if (domain != AF_UNIX ||
        (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM)
        verdict(UNSUPPORTED, "socketpair",
                "T%d: socketpair at {c:%x} for something other than streams, "
                "which the explorer does not know", self->id, PC);
    touch_memory(fds, 2 * sizeof *fds, true, PC);
    for (int i = 0; i < 2; i++) {
        fds[i] = descriptor_new(type & SOCK_NONBLOCK, PC);
        descriptor_at(fds[i])->is_socket = true;
        descriptor_at(fds[i])->from = i ? there : back;
        descriptor_at(fds[i])->to = i ? back : there;
    }
    return 0;
}

int explored_eventfd(unsigned value, int flags)
{
    int fd = descriptor_new(flags & EFD_NONBLOCK, PC);
    struct descriptor *d = descriptor_at(fd);

    d->is_event = true;
    d->count = value;
    d->one_by_one = flags & EFD_SEMAPHORE;
    return fd;
}
