/* server.c - clients that are data: who comes, what they send, what they get. */
#include "two.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { FLAGS = MSG_NOSIGNAL };

static int listener;

static int accept_one(void)
{
    int conn = accept(listener, NULL, NULL);

    EXPECT(conn >= 0, "accept says %d", errno);
    return conn;
}

static void listen_to(const char *sends, enum explore_then then)
{
    struct explore_client client = { sends, then, 0 };

    listener = explore_listen(&client, 1);
}

#if defined ANSWER
int main(void)
{
    char got[8] = "", answer[8];

    listen_to("hello", EXPLORE_STAYS);
    EXPECT(explore_answer(0, answer, sizeof answer) == EXPLORE_NOT_ACCEPTED,
           "accepted before it was");
    int conn = accept_one();
    EXPECT(recv(conn, got, 2, MSG_PEEK) == 2 && !strcmp(got, "he"), "peek");
    EXPECT(recv(conn, got, 3, 0) == 3 && !strcmp(got, "hel"), "got %s", got);
    EXPECT(recv(conn, got, 8, 0) == 2, "the rest");
    EXPECT(recv(conn, got, 8, MSG_DONTWAIT) == -1 && errno == EAGAIN, "more");
    EXPECT(send(conn, "bye", 3, 0) == 3, "send");
    EXPECT(explore_answer(0, answer, sizeof answer) == EXPLORE_LEFT_OPEN,
           "closed before it was");
    close(conn);
    EXPECT(explore_answer(0, answer, sizeof answer) == EXPLORE_CLOSED &&
           !strcmp(answer, "bye"), "it was sent %s", answer);
    close(listener);
    return 0;
}
#elif defined RESET
int main(void)
{
    char got[8];
    short all = POLLIN | POLLOUT | POLLERR | POLLHUP;

    listen_to("hi", EXPLORE_RESETS);
    int conn = accept_one();
    struct pollfd p = { conn, POLLIN | POLLOUT, 0 };
    EXPECT(poll(&p, 1, -1) == 1 && p.revents == all, "poll: %d", p.revents);
#ifdef SENDS_FIRST
    EXPECT(send(conn, "x", 1, FLAGS) == -1 && errno == ECONNRESET, "first");
#endif
    EXPECT(recv(conn, got, 8, 0) == 2, "what came before is there");
#ifndef SENDS_FIRST
    EXPECT(recv(conn, got, 8, 0) == -1 && errno == ECONNRESET, "reset");
#endif
    EXPECT(recv(conn, got, 8, 0) == 0, "told once, then it is the end");
    EXPECT(send(conn, "x", 1, FLAGS) == -1 && errno == EPIPE, "send");
    EXPECT(poll(&p, 1, -1) == 1 && p.revents == (all & ~POLLERR), "later");
#ifdef DIES
    send(conn, "x", 1, 0);
#endif
    close(conn);
    close(listener);
    return 0;
}
#elif defined HALF
int main(void)
{
    char got[8], answer[8];

    listen_to("hi", EXPLORE_ENDS);
    int conn = accept_one();
    EXPECT(recv(conn, got, 8, 0) == 2 && recv(conn, got, 8, 0) == 0, "end");
    EXPECT(send(conn, "yes", 3, 0) == 3, "it still listens");
    close(conn);
    close(listener);
    return explore_answer(0, answer, sizeof answer) != EXPLORE_CLOSED;
}
#elif defined AFTER
int main(void)
{
    struct explore_client client[] = {
        { "1", EXPLORE_STAYS, 0 }, { "2", EXPLORE_STAYS, 1 },
    };
    int over = explore_moment(2);

    listener = explore_listen(client, 2);
    struct pollfd p[] = { { listener, POLLIN, 0 }, { over, POLLIN, 0 } };
    int first = accept_one();
    EXPECT(poll(p, 2, 0) == 0, "the second comes when the first is over");
    EXPECT(poll(p, 2, 50) == 0, "and no time makes it come");
    close(first);
    EXPECT(poll(p, 2, -1) == 1 && p[0].revents, "now it is there");
    close(accept_one());
    EXPECT(poll(p, 2, -1) == 1 && p[1].revents == POLLIN, "all are over");
    close(over);
    close(listener);
    return 0;
}
#elif defined SHUT
/* Who waits in accept is woken when the listener is shut down. */
static void *wait_for_one(void *unused)
{
    EXPECT(accept(listener, NULL, NULL) == -1 && errno == EINVAL, "accept");
    return unused;
}

static void *shut(void *unused)
{
    shutdown(listener, SHUT_RDWR);
    return unused;
}

int main(void)
{
    listener = explore_listen(NULL, 0);
    two(wait_for_one, shut);
    struct pollfd p = { listener, POLLIN | POLLOUT, 0 };
    EXPECT(poll(&p, 1, -1) == 1 && p.revents == (POLLOUT | POLLHUP), "poll");
    close(listener);
    return 0;
}
#elif defined LATE || defined RACING
/* Who is accepted after the order to stop has come late. */
static int order[2];

static void *give_it(void *unused)
{
    EXPECT(write(order[1], "!", 1) == 1, "write");
    return unused;
}

static void *accept_him(void *unused)
{
    close(accept_one());
    return unused;
}

int main(void)
{
    struct explore_client client[] = {
        { "1", EXPLORE_STAYS, 0 }, { "2", EXPLORE_STAYS, 0 },
    };

    listener = explore_listen(client, 2);
    EXPECT(pipe(order) == 0, "pipe");
    explore_order(order[0]);
#ifdef RACING
    two(accept_him, give_it);
    EXPECT(explore_late(0) == RACING, "late: %d", explore_late(0));
#else
    accept_him(NULL);
    give_it(NULL);
    accept_him(NULL);
    EXPECT(!explore_late(0) && explore_late(1), "before and after");
#endif
    close(order[0]);
    close(order[1]);
    close(listener);
    return 0;
}
#elif defined NEVER
int main(void)
{
    listen_to("", EXPLORE_STAYS);
    close(accept_one());
    close(accept_one());
    return 0;
}
#elif defined LEFT_OPEN
int main(void)
{
    listen_to("", EXPLORE_STAYS);
    accept_one();
    close(listener);
    return 0;
}
#elif defined APART || defined IN_TURN
/* Two read the same connection; who is first decides what each gets. */
static char first, second;
static int conn;

static void *read_first(void *unused)
{
    recv(conn, &first, 1, 0);
    return unused;
}

static void *read_second(void *unused)
{
    recv(conn, &second, 1, 0);
    return unused;
}

int main(void)
{
    pthread_t t;

    listen_to("ab", EXPLORE_STAYS);
    conn = accept_one();
#ifdef APART
    (void)t;
    two(read_first, read_second);
#else
    pthread_create(&t, NULL, read_first, NULL);
    pthread_join(t, NULL);
    read_second(NULL);
#endif
    close(conn);
    close(listener);
    EXPECT(first == 'a' && second == 'b', "in the other order");
    return 0;
}
#endif
