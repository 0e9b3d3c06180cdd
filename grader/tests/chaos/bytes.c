/* What each call moved of 100 bytes, between two stream sockets and between
 * other things. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { N = 100 };
static char data[N], got[2 * N];

static void say(const char *call, long moved)
{
    printf("%s %ld\n", call, errno == 77 ? moved : -1);
    errno = 77;
}

static void writes(int to)
{
    struct iovec pieces[] = { { data, 0 }, { data, N / 2 },
                              { data + N / 2, N / 2 } };
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 3 };

    say("write", write(to, data, N));
    say("send", send(to, data, N, MSG_NOSIGNAL));
    say("sendto", sendto(to, data, N, 0, NULL, 0));
    say("writev", writev(to, pieces, 3));
    say("sendmsg", sendmsg(to, &message, 0));
    say("one", write(to, data, 1));
    say("nothing", write(to, data, 0));
}

static void reads(int from)
{
    struct iovec pieces[] = { { got, N / 2 }, { got + N / 2, N / 2 } };
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };

    say("read", read(from, got, N));
    say("recv", recv(from, got, N, 0));
    say("recvfrom", recvfrom(from, got, N, 0, NULL, NULL));
    say("readv", readv(from, pieces, 2));
    say("recvmsg", recvmsg(from, &message, 0));
    say("pieces", (long)message.msg_iovlen);
    say("all", recv(from, got, N, MSG_WAITALL));
    say("peek", recv(from, got, N, MSG_PEEK));
}

static void others(void)
{
    int pipes[2], datagrams[2], edges[2];
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };

    if (pipe(pipes) || socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, edges))
        return;
    say("pipe", write(pipes[1], data, N) + read(pipes[0], got, N));
    say("datagram", write(datagrams[1], data, N) + read(datagrams[0], got, N));
    epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, edges[0], &event);
    say("edge", write(edges[0], data, N));
}

int main(void)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return 1;
    errno = 77;
    writes(pair[0]);
    for (int left = 10 * N; left > 0; errno = 77)
        left -= (int)write(pair[0], data, N);
    reads(pair[1]);
    others();
    return 0;
}
