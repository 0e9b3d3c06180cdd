/* bare.c - the least that a load client can be: send, recv, epoll_wait.
 *
 *     bare PORT CLIENTS REQUESTS
 *
 * Each client has a connection; an answer is whatever one recv returns, and
 * nobody looks at it. What other load tools cost is told beside this.
 */
#include "die.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, PIECE = 4096 };

static const char request[] = "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "Content-Length: 0\r\n\r\n";

static void ask(int conn)
{
    if (send(conn, request, sizeof request - 1, MSG_NOSIGNAL) == -1)
        die("send");
}

static int connect_to(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int conn = socket(AF_INET, SOCK_STREAM, 0);

    if (conn == -1 ||
        connect(conn, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect");
    return conn;
}

int main(int argc, char **argv)
{
    struct epoll_event event[EVENTS];
    char piece[PIECE];
    int epoll = epoll_create1(0);

    if (argc != 4 || epoll == -1)
        die("usage: bare PORT CLIENTS REQUESTS");
    int clients = atoi(argv[2]);
    long left = atol(argv[3]), asked = 0;
    for (int i = 0; i < clients; i++, asked++) {
        struct epoll_event e = {
            .events = EPOLLIN, .data.fd = connect_to(atoi(argv[1])),
        };
        epoll_ctl(epoll, EPOLL_CTL_ADD, e.data.fd, &e);
        ask(e.data.fd);
    }
    while (left > 0) {
        int n = epoll_wait(epoll, event, EVENTS, -1);
        for (int i = 0; i < n; i++, left--) {
            if (recv(event[i].data.fd, piece, sizeof piece, 0) <= 0)
                die("recv");
            if (asked++ < atol(argv[3]))
                ask(event[i].data.fd);
        }
    }
    return 0;
}
