/* streams.c - reading and writing within the process. */
#include "two.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int fds[2], done;
static volatile int data;

#if defined PIPE || defined SOCKET || defined BACK || defined POLL
/* A pointer is handed over; what it points to with it. */
static void *give(void *unused)
{
    int *p = malloc(sizeof *p);

#ifdef BACK
    char c;
    data = 1;
    EXPECT(read(fds[1], &c, 1) == 1, "read");
#endif
    *p = 7;
    EXPECT(write(fds[1], &p, sizeof p) == sizeof p, "write");
    return unused;
}

static void *take(void *unused)
{
    int *p;

#ifdef BACK
    data = 2;       /* nothing that the other writes later orders this */
    write(fds[0], "x", 1);
#endif
#ifdef POLL
    struct pollfd ask = { fds[0], POLLIN, 0 };
    EXPECT(poll(&ask, 1, -1) == 1 && ask.revents == POLLIN, "poll");
#endif
    EXPECT(read(fds[0], &p, sizeof p) == sizeof p, "read");
    EXPECT(*p == 7, "what came is %d", *p);
    *p = 8;
    free(p);
    return unused;
}

int main(void)
{
#ifdef PIPE
    EXPECT(pipe(fds) == 0, "pipe");
#else
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
#endif
    two(give, take);
    close(fds[0]);
    close(fds[1]);
    return data == 7 ? 1 : done;
}

#elif defined EVENT
static void *give(void *unused)
{
    uint64_t one = 1;

    data = 7;
    EXPECT(write(fds[0], &one, sizeof one) == sizeof one, "write");
    return unused;
}

static void *take(void *unused)
{
    uint64_t n;

    EXPECT(read(fds[0], &n, sizeof n) == sizeof n && n == 1, "read %ld", (long)n);
    EXPECT(data == 7, "the data is %d", data);
    return unused;
}

int main(void)
{
    fds[0] = eventfd(0, EFD_SEMAPHORE);
    two(give, take);
    close(fds[0]);
    return done;
}

#elif defined LARGE
/* More than fits at once: the writer waits for the reader, and all arrives. */
static char out[70000];

static void *give(void *unused)
{
    out[69999] = 'x';
    EXPECT(write(fds[1], out, sizeof out) == sizeof out, "all at once");
    close(fds[1]);
    return unused;
}

static void *take(void *unused)
{
    char in_[7000];
    ssize_t n, all = 0;
    char last = 0;

    while ((n = read(fds[0], in_, sizeof in_)) > 0) {
        all += n;
        last = in_[n - 1];
    }
    EXPECT(n == 0 && all == sizeof out && last == 'x', "%ld bytes came", (long)all);
    return unused;
}

int main(void)
{
    pipe(fds);
    two(give, take);
    close(fds[0]);
    return data + done;
}

#elif defined SINGLE
/* What one thread can see of it all. */
int main(void)
{
    char c, some[16];
    ssize_t n;
    struct pollfd ask;

    EXPECT(pipe2(fds, O_NONBLOCK) == 0, "pipe2");
    EXPECT(read(fds[0], &c, 1) == -1 && errno == EAGAIN, "nothing yet");
    ask = (struct pollfd){ fds[0], POLLIN, 0 };
    EXPECT(poll(&ask, 1, 1000) == 0, "nothing to poll for");
    while (write(fds[1], "0123456789abcdef", 16) == 16)
        done++;
    EXPECT(errno == EAGAIN && done > 100, "full after %d", done);
    EXPECT(read(fds[0], &c, 1) == 1 && c == '0', "the first");
    close(fds[1]);
    while ((n = read(fds[0], some, sizeof some)) > 0)
        data += (int)n;
    EXPECT(data == done * 16 - 1, "%d of %d came", data, done * 16);
    EXPECT(poll(&ask, 1, -1) == 1 && ask.revents & POLLHUP, "hung up");
    close(fds[0]);

    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
    EXPECT((fcntl(fds[0], F_GETFL) & O_NONBLOCK) == 0, "it waits");
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    EXPECT(recv(fds[0], &c, 1, 0) == -1 && errno == EAGAIN, "it does not");
    EXPECT(recv(fds[1], &c, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN, "not this time");
    EXPECT(send(fds[0], "x", 1, 0) == 1, "send");
    shutdown(fds[0], SHUT_WR);
    EXPECT(read(fds[1], &c, 1) == 1 && read(fds[1], &c, 1) == 0, "one, and the end");
    EXPECT(send(fds[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE, "it was shut down");
    signal(SIGPIPE, SIG_IGN);
    EXPECT(write(fds[0], "x", 1) == -1 && errno == EPIPE, "without the signal");
    close(fds[0]);
    close(fds[1]);
    return 0;
}

#elif defined PRINT
static void *print(void *unused)
{
    EXPECT(dprintf(fds[1], "%d %s", 42, "and more") == 11, "dprintf");
    return unused;
}

int main(void)
{
    char text[12] = "";
    pthread_t t;

    pipe(fds);
    pthread_create(&t, NULL, print, NULL);
    EXPECT(read(fds[0], text, 11) == 11, "read");
    EXPECT(strcmp(text, "42 and more") == 0, "%s", text);
    pthread_join(t, NULL);
    close(fds[0]);
    close(fds[1]);
    return data + done;
}

#elif defined BROKEN || defined CLOSED || defined LEFT_OPEN || defined NOBODY
int main(void)
{
    char c;

    pipe(fds);
#ifdef BROKEN
    close(fds[0]);
    write(fds[1], "x", 1);
#elif defined CLOSED
    close(fds[0]);
    read(fds[0], &c, 1);
#elif defined NOBODY
    read(fds[0], &c, 1);
#endif
    return data + done + (0 && c);
}
#endif
