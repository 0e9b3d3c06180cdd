/* fixed.c - a server that answers each request with the same bytes, at once.
 *
 * It looks for nothing but the blank line behind a head, so whatever a client
 * of it costs is the client's. Prints its port and runs until it is killed.
 */
#include "die.h"
#include "net.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, PIECE = 4096 };

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                             "Connection: keep-alive\r\n\r\n";

static void watch(int epoll, int fd)
{
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == -1)
        die("epoll_ctl");
}

/* Clients here send a head in one piece, and wait for the answer to it. */
static void serve_one(int conn)
{
    char piece[PIECE];
    ssize_t n = recv(conn, piece, sizeof piece, MSG_DONTWAIT);

    if (n <= 0 || memmem(piece, (size_t)n, "\r\n\r\n", 4) == NULL ||
        send(conn, answer, sizeof answer - 1, MSG_NOSIGNAL) == -1)
        close(conn);
}

int main(void)
{
    struct epoll_event event[EVENTS];
    int listener = net_listen(0), epoll = epoll_create1(0);

    if (listener == -1 || epoll == -1)
        die("listen");
    watch(epoll, listener);
    printf("%d\n", net_port(listener));
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, event, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            int fd = event[i].data.fd;
            if (fd == listener)
                watch(epoll, accept(listener, NULL, NULL));
            else
                serve_one(fd);
        }
    }
}
