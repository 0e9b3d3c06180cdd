#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 64 << 10 };

void wire_begin(struct wire *w, const unsigned char *request, size_t size,
                size_t body)
{
    w->request = request;
    w->size = size;
    w->sent = 0;
    reply_begin(&w->reply, request + size - body, body);
}

static int ended(struct wire *w, int error, const char **words)
{
    reply_closed(&w->reply, error);
    *words = w->reply.words ? w->reply.words : strerror(error);
    return w->reply.outcome;
}

/* Returns 0, or the errno with which the connection has failed. */
static int send_more(struct wire *w)
{
    while (w->sent < w->size) {
        ssize_t n = send(w->fd, w->request + w->sent, w->size - w->sent,
                         MSG_NOSIGNAL);
        if (n >= 0)
            w->sent += (size_t)n;
        else if (errno == EAGAIN)
            return 0;           /* or it is still being connected */
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* A short read has taken all there was, and what comes later brings an event
 * of its own. But if the end has come already, there will be no other. Of an
 * `error` only one call is told: where that was a send, recv says "closed". */
static int receive(struct wire *w, bool end_has_come, int error,
                   const char **words)
{
    static char piece[PIECE];

    for (;;) {
        ssize_t n = recv(w->fd, piece, sizeof piece, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return GOES_ON;
        if (n <= 0)
            return ended(w, n == 0 ? error : errno, words);
        if (reply_take(&w->reply, piece, (size_t)n)) {
            *words = w->reply.words;
            return w->reply.outcome;
        }
        if ((size_t)n < sizeof piece && !end_has_come)
            return GOES_ON;
    }
}

int wire_go(struct wire *w, uint32_t events, const char **words)
{
    const uint32_t end = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    int error = events & EPOLLOUT ? send_more(w) : 0;

    int outcome = GOES_ON;

    if (error || events & (EPOLLIN | end))
        outcome = receive(w, error || events & end, error, words);
    if (error && outcome == GOES_ON)    /* not even words of parting */
        outcome = ended(w, error, words);
    return outcome;
}

bool wire_was_stale(const struct wire *w, int outcome)
{
    return w->used && w->reply.head == 0 && w->reply.got == 0 &&
           (outcome == NO_REPLY || outcome == RESET);
}

void wire_close(struct wire *w)
{
    if (w->fd != -1)
        close(w->fd);
    w->fd = -1;
    w->used = false;
}
