/* structs.c - two threads, no lock, and structs that go through calls by value. */
#include "explore/explore.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

struct pair {
    long a, b;
};

struct box {
    long n;
    struct pair pair, pairs[2];
};

static struct pair all, ring[2], *at = &all;
static struct box box, *to = &box;

static struct pair more(void)
{
    return (struct pair){ at->a + 1, at->b + 1 };
}

static void add_to(struct pair p)
{
    all.a = p.a + 1;
}

/* Of its own all this is, and a function's address is no struct. */
static long own(struct pair given)
{
    struct pair p = more(), q;
    struct box mine = { 0 };
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;

    q = p;
    add_to(given);
    add_to(q);
    mine.pairs[q.b & 1] = more();
    add_to(mine.pair);
    if (getpeername(0, (struct sockaddr *)&peer, &length) == 0 && !inet_ntoa(peer.sin_addr))
        return 0;
    if (snprintf(NULL, 0, "a, %ld", q.a) < 0 || pthread_once(&(pthread_once_t){ 0 }, (void (*)(void))more))
        return 0;
    return more().a;
}

static void *run(void *arg)
{
    (void)own;
    DOES;
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    EXPECT(at->a == 2, "it is %ld", at->a);
    return 0;
}
