/* streams.c - the calls that read and write. */
#include "streams.h"

#include "call.h"
#include "crowd.h"
#include "descriptor.h"
#include "libc.h"
#include "seen.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool pipe_signal_ignored;

void signals_reset(void)
{
    pipe_signal_ignored = false;
}

static int fails(int error)
{
    errno = error;
    return -1;
}

static ssize_t read_event(struct descriptor *d, void *to, size_t n, uint32_t pc)
{
    uint64_t value = d->one_by_one ? 1 : d->count;

    if (n < sizeof value)
        return fails(EINVAL);
    if (d->count == 0)
        return fails(EAGAIN);
    touch_memory(to, sizeof value, true, pc);
    d->count -= value;
    acquire(&d->clock);
    memcpy(to, &value, sizeof value);
    return sizeof value;
}

static ssize_t read_ring(struct descriptor *d, void *to, size_t n, int flags,
                         uint32_t pc)
{
    size_t there;

    if (!d->from)
        return fails(d->is_listener ? ENOTCONN : EBADF);
    there = ring_used(d->from);
    if (there == 0 && crowd_reset_is_news(d))
        return fails(ECONNRESET);
    if (there == 0 && !d->in_over && ring_has_writers(d->from))
        return n ? fails(EAGAIN) : 0;
    touch_memory(to, n < there ? n : there, true, pc);
    return (ssize_t)(flags & MSG_PEEK ? ring_look(d->from, to, n)
                                      : ring_take(d->from, to, n));
}

/* A step that waits, or only looks; `at` is all that it is about. */
static void stand_before(enum wait_for what, struct descriptor *d, int fd,
                         const void *at, bool wait, uint32_t pc)
{
    bool there = what == FD_READABLE ? descriptor_has_input(d)
                                     : descriptor_has_room(d);

    if (d->client && there)
        step_on_connection(d, at, pc);
    else
        step_when((struct wait){ .what = wait ? what : NOTHING, .pc = pc,
                                 .number = fd, .until = FOREVER, .at = at });
}

static ssize_t receive(int fd, void *to, size_t n, int flags, uint32_t pc)
{
    struct descriptor *d = descriptor_in_use(fd, "read", pc);
    ssize_t got;

    if (!d)
        return fails(EBADF);
    if (flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK))
        descriptor_refuse("recv with such flags", pc);
    stand_before(FD_READABLE, d, fd, descriptor_input(d),
                 !(flags & MSG_DONTWAIT), pc);
    d = descriptor_in_use(fd, "read", pc);
    got = d->is_event ? read_event(d, to, n, pc) : read_ring(d, to, n, flags, pc);
    if (got >= 0)
        changed();
    tell_value(tell(FD_READ, NULL, pc), (uint64_t)got);
    return got;
}

static ssize_t write_event(struct descriptor *d, const void *from, size_t n)
{
    uint64_t value;

    if (n < sizeof value)
        return fails(EINVAL);
    memcpy(&value, from, sizeof value);
    release(&d->clock);
    d->count += value;
    return sizeof value;
}

static ssize_t write_ring(struct descriptor *d, const char *from, size_t n,
                          int flags, uint32_t pc)
{
    size_t put;

    if (!d->to)
        return fails(d->is_listener ? ENOTCONN : EBADF);
    if (crowd_reset_is_news(d))
        return fails(ECONNRESET);
    if (d->out_over || !ring_has_readers(d->to)) {
        if (!(flags & MSG_NOSIGNAL) && !pipe_signal_ignored)
            verdict(CRASH, "SIGPIPE",
                    "T%d writes at {c:%x} to a descriptor that nobody will "
                    "read, and SIGPIPE ends the program", self->id, pc);
        return fails(EPIPE);
    }
    if (ring_too_small(d->to))
        verdict(INCONCLUSIVE, "a full stream",
                "T%d writes at {c:%x} to a stream that is full here, and "
                "larger in the program", self->id, pc);
    put = ring_give(d->to, from, n);
    return put || n == 0 ? (ssize_t)put : fails(EAGAIN);
}

/* One that may wait goes on until all is written, step by step. */
static ssize_t transmit(int fd, const char *from, size_t n, int flags,
                        uint32_t pc)
{
    struct descriptor *d = descriptor_in_use(fd, "write", pc);
    size_t done = 0;
    ssize_t put;

    if (!d)
        return fails(EBADF);
    if (flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE))
        descriptor_refuse("send with such flags", pc);
    do {
        stand_before(FD_WRITABLE, d, fd, descriptor_output(d),
                     !(flags & MSG_DONTWAIT), pc);
        d = descriptor_in_use(fd, "write", pc);
        touch_memory(from, n, false, pc);
        put = d->is_event ? write_event(d, from, n)
                          : write_ring(d, from + done, n - done, flags, pc);
        if (put >= 0)
            changed();
        tell_value(tell(FD_WRITE, NULL, pc), (uint64_t)put);
        if (put > 0)
            done += (size_t)put;
    } while (put > 0 && done < n && !d->nonblocking && !(flags & MSG_DONTWAIT));
    return done ? (ssize_t)done : put;
}

/* A step that changes what descriptors there are, or that they can be used. */
static void step_about(const struct descriptor *d, uint32_t pc)
{
    const void *input = descriptor_input(d), *output = descriptor_output(d);

    step_at(descriptor_all(), pc);
    seen_step(input);
    seen_step(output);
}

ssize_t explored_read(int fd, void *to, size_t n)
{
    if (fd >= FIRST_FD)
        return receive(fd, to, n, 0, PC);
    seen_lost();            /* where a file is at, only the kernel knows */
    return read(fd, to, n);
}

ssize_t explored_write(int fd, const void *from, size_t n)
{
    if (fd >= FIRST_FD)
        return transmit(fd, from, n, 0, PC);
    seen_lost();
    return write(fd, from, n);
}

static int print(int fd, const char *format, va_list args, uint32_t pc)
{
    char line[4096];
    int n;

    if (fd < FIRST_FD) {
        seen_lost();
        return vdprintf(fd, format, args);
    }
    n = vsnprintf(line, sizeof line, format, args);
    if (n >= (int)sizeof line)
        descriptor_refuse("dprintf of so long a line", pc);
    return n < 0 ? n : (int)transmit(fd, line, (size_t)n, 0, pc);
}

int explored_dprintf(int fd, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = print(fd, format, args, PC);
    va_end(args);
    return n;
}

int explored_vdprintf(int fd, const char *format, va_list args)
{
    return print(fd, format, args, PC);
}

ssize_t explored_recv(int fd, void *to, size_t n, int flags)
{
    return receive(fd, to, n, flags, PC);
}

ssize_t explored_send(int fd, const void *from, size_t n, int flags)
{
    return transmit(fd, from, n, flags, PC);
}

int explored_close(int fd)
{
    struct descriptor *d;

    if (fd < FIRST_FD)
        return close(fd);
    d = descriptor_in_use(fd, "close", PC);
    if (!d)
        return fails(EBADF);
    step_about(d, PC);
    d = descriptor_in_use(fd, "close", PC);
    descriptor_close(d);
    tell(FD_CLOSE, NULL, PC)->about = (uint32_t)fd;
    changed();
    return 0;
}

int explored_shutdown(int fd, int how)
{
    struct descriptor *d = descriptor_in_use(fd, "shutdown", PC);

    if (!d)
        return fails(EBADF);
    if (!d->is_socket)
        return fails(ENOTSOCK);
    step_about(d, PC);
    d = descriptor_in_use(fd, "shutdown", PC);
    if (how != SHUT_WR && !d->in_over) {
        ring_drop_reader(d->from);
        d->in_over = true;
    }
    if (how != SHUT_RD && !d->out_over) {
        ring_drop_writer(d->to);
        d->out_over = true;
    }
    changed();
    return 0;
}

int explored_fcntl(int fd, int what, ...)
{
    struct descriptor *d;
    va_list args;
    int value;

    va_start(args, what);
    value = va_arg(args, int);
    va_end(args);
    if (fd < FIRST_FD) {
        seen_all();
        return fcntl(fd, what, value);
    }
    d = descriptor_in_use(fd, "fcntl", PC);
    if (!d)
        return fails(EBADF);
    seen_step(d);
    switch (what) {
    case F_GETFL: return O_RDWR | (d->nonblocking ? O_NONBLOCK : 0);
    case F_SETFL: d->nonblocking = value & O_NONBLOCK; return 0;
    case F_GETFD:
    case F_SETFD: return 0;
    case F_SETPIPE_SZ:
        ring_want(d->from ? d->from : d->to, (size_t)value);
        return value;
    default: descriptor_refuse("fcntl with such a command", PC);
    }
}

/* What poll finds depends on each of them. */
static void look_at(const struct pollfd *polled, nfds_t n)
{
    for (nfds_t i = 0; i < n; i++) {
        const struct descriptor *d = descriptor_at(polled[i].fd);
        if (!d)
            continue;
        seen_step(descriptor_input(d));
        seen_step(descriptor_output(d));
    }
}

int explored_poll(struct pollfd *polled, nfds_t n, int ms)
{
    int ready = 0;

    for (nfds_t i = 0; i < n; i++)
        if (polled[i].fd >= 0 && polled[i].fd < FIRST_FD)
            descriptor_refuse("poll of a file", PC);
    step_when((struct wait){
        .what = ms == 0 ? NOTHING : FD_ANY, .pc = PC, .number = (int)n,
        .set = polled, .at = descriptor_all(),
        .until = ms <= 0 ? FOREVER : run.now + (int64_t)ms * 1000000,
    });
    look_at(polled, n);
    touch_memory(polled, n * sizeof *polled, true, PC);
    for (nfds_t i = 0; i < n; i++) {
        struct pollfd *p = &polled[i];
        p->revents = p->fd < 0 ? 0 : stream_events(p->fd, p->events);
        ready += p->revents != 0;
    }
    tell_value(tell(FD_POLL, NULL, PC), (uint64_t)ready);
    return ready;
}

/* Of all signals only this one can be spoken of, and only so. */
void (*explored_signal(int number, void (*handler)(int)))(int)
{
    if (number != SIGPIPE || handler != SIG_IGN)
        descriptor_refuse("signal", PC);
    seen_all();
    pipe_signal_ignored = true;
    return SIG_DFL;
}
