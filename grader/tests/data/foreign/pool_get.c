/* Four workers behind a queue of 16; any GET gets a page. */
#include "foreign.h"
#include <pthread.h>
#include <stdbool.h>

enum { WORKERS = 4, CAPACITY = 16 };
static int queue[CAPACITY], front, count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t items = PTHREAD_COND_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;

static void put(int conn)
{
    pthread_mutex_lock(&lock);
    while (count == CAPACITY)
        pthread_cond_wait(&room, &lock);
#ifdef PUTS_AT_FRONT
    queue[front] = conn;
    count++;
#else
    queue[(front + count++) % CAPACITY] = conn;
#endif
    pthread_cond_signal(&items);
    pthread_mutex_unlock(&lock);
}

static int get(void)
{
    pthread_mutex_lock(&lock);
#ifdef IF_NOT_WHILE
    if (count == 0)
        pthread_cond_wait(&items, &lock);
#elif defined SPINS
    while (count == 0) {
        pthread_mutex_unlock(&lock);
        pthread_mutex_lock(&lock);
    }
#else
    while (count == 0)
        pthread_cond_wait(&items, &lock);
#endif
    int conn = queue[front];
    front = (front + 1) % CAPACITY;
    count--;
    pthread_cond_signal(&room);
    pthread_mutex_unlock(&lock);
    return conn;
}

static void answer(int conn)
{
    static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
    char buf[2048];
    size_t n = 0;
    ssize_t got;

    while (n < sizeof buf && !memmem(buf, n, "\r\n\r\n", 4) &&
           (got = read(conn, buf + n, sizeof buf - n)) > 0)
        n += (size_t)got;
    if (memmem(buf, n, "\r\n\r\n", 4))
        send_all(conn, page, sizeof page - 1);
    shutdown(conn, SHUT_WR);
#ifndef NOT_CLOSED
    close(conn);
#endif
}

static void *work(void *arg)
{
    for (;;)
        answer(get());
    return arg;
}

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);

    for (int i = 0; i < WORKERS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
    }
    for (;;) {
        int conn = accept_one(listener);
#ifdef ACCEPTOR_READS
        char c;
        recv(conn, &c, 1, MSG_PEEK);
#endif
        put(conn);
    }
}
