/* sockets.c - what a server asks of its listener and its connections. */
#include "call.h"
#include "crowd.h"
#include "streams.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int fails(int error)
{
    errno = error;
    return -1;
}

static struct descriptor *in_use(int fd, const char *what, uint32_t pc)
{
    struct descriptor *d = descriptor_in_use(fd, what, pc);

    if (!d)
        descriptor_refuse(what, pc);   /* a file, or a kernel socket */
    return d;
}

/* Who was waiting may have been accepted by somebody else meanwhile. */
static int accept_one(int fd, bool nonblocking, uint32_t pc)
{
    struct descriptor *d = in_use(fd, "accept", pc);
    int conn;

    if (!d->is_listener)
        return fails(EINVAL);
    step_when((struct wait){ .what = FD_READABLE, .pc = pc, .number = fd,
                             .until = FOREVER, .at = descriptor_all() });
    d = in_use(fd, "accept", pc);
    if (d->in_over)
        return fails(EINVAL);
    if (!crowd_waits())
        return fails(EAGAIN);
    conn = crowd_accept(nonblocking, pc);
    changed();
    tell_value(tell(FD_ACCEPT, NULL, pc), (uint64_t)conn);
    return conn;
}

static void forget_address(struct sockaddr *a, socklen_t *size, uint32_t pc)
{
    if (a)
        descriptor_refuse("accept with an address", pc);
    (void)size;
}

int explored_accept(int fd, struct sockaddr *a, socklen_t *size)
{
    forget_address(a, size, PC);
    return accept_one(fd, false, PC);
}

int explored_accept4(int fd, struct sockaddr *a, socklen_t *size, int flags)
{
    forget_address(a, size, PC);
    return accept_one(fd, flags & SOCK_NONBLOCK, PC);
}

/* Those that change nothing here; a limit of time would. */
int explored_setsockopt(int fd, int level, int option, const void *value,
                        socklen_t size)
{
    bool none = (level == IPPROTO_TCP && (option == TCP_NODELAY ||
                                          option == TCP_CORK)) ||
                (level == SOL_SOCKET && (option == SO_KEEPALIVE ||
                                         option == SO_REUSEADDR ||
                                         option == SO_LINGER));

    (void)value;
    (void)size;
    in_use(fd, "setsockopt", PC);
    if (!none)
        descriptor_refuse("setsockopt of such an option", PC);
    return 0;
}

/* How much there is to be read, and nothing else. */
int explored_ioctl(int fd, unsigned long what, ...)
{
    struct descriptor *d = in_use(fd, "ioctl", PC);
    va_list args;
    int *to;

    if (what != FIONREAD)
        descriptor_refuse("ioctl with such a request", PC);
    va_start(args, what);
    to = va_arg(args, int *);
    va_end(args);
    if (d->client)
        step_on_connection(d, descriptor_input(d), PC);
    else
        step_at(descriptor_input(d), PC);
    touch_memory(to, sizeof *to, true, PC);
    *to = d->from ? (int)ring_used(d->from) : 0;
    return 0;
}
