/* One thread, epoll by levels; any GET gets a page of 1 MiB. */
#include "foreign.h"
#include <sys/epoll.h>

enum { PAGE = 1 << 20, CLIENTS = 1024 };
static char page[PAGE + 64];
static size_t size, sent[CLIENTS], have[CLIENTS];
static char head[CLIENTS][2048];
static int poller;

static void forget(int fd)
{
    sent[fd] = have[fd] = 0;
    close(fd);
}

static void watch(int fd, unsigned events, int how)
{
    struct epoll_event e = { .events = events, .data.fd = fd };
    epoll_ctl(poller, how, fd, &e);
}

static void write_some(int fd)
{
    ssize_t put = send(fd, page + sent[fd], size - sent[fd], MSG_NOSIGNAL | MSG_DONTWAIT);

    if (put == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (put > 0)
        sent[fd] += (size_t)put;
#ifdef ONE_WRITE
    forget(fd);
#else
    if (put == -1 || sent[fd] == size)
        forget(fd);
#endif
}

static void read_some(int fd)
{
    ssize_t got = recv(fd, head[fd] + have[fd], sizeof head[fd] - have[fd], MSG_DONTWAIT);

    if (got == -1 && (errno == EAGAIN || errno == EINTR))
        return;
#ifdef CLIENT_ERROR_EXITS
    if (got == -1)
        exit(2);
#endif
    if (got <= 0 || (have[fd] += (size_t)got) == sizeof head[fd]) {
        forget(fd);
    } else if (memmem(head[fd], have[fd], "\r\n\r\n", 4)) {
        watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
        write_some(fd);
    }
}

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);

    size = (size_t)sprintf(page, "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n", PAGE);
    memset(page + size, 'x', PAGE);
    size += PAGE;
    poller = epoll_create1(0);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event e[64];
        int n = epoll_wait(poller, e, 64, -1);
        if (n == -1) {
#ifdef EINTR_EXITS
            perror("epoll_wait");
            abort();
#endif
            continue;
        }
        for (int i = 0; i < n; i++) {
            int fd = e[i].data.fd;
            if (fd == listener) {
                fd = accept_one(listener);
                if (fd < CLIENTS)
                    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
                else
                    close(fd);
            } else if (e[i].events & EPOLLOUT) {
                write_some(fd);
            } else {
                read_some(fd);
            }
        }
    }
}
