/* Four workers behind a ring of four; each line comes back. */
#include "foreign.h"
#include <pthread.h>

enum { WORKERS = 4, PLACES = 4 };
static int ring[PLACES];
static unsigned in, out;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

static void put(int conn)
{
    pthread_mutex_lock(&lock);
#ifndef NO_BOUND
    while (in - out == PLACES)
        pthread_cond_wait(&moved, &lock);
#endif
    ring[in++ % PLACES] = conn;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
}

static int get(void)
{
    pthread_mutex_lock(&lock);
    while (in == out)
        pthread_cond_wait(&moved, &lock);
    int conn = ring[out++ % PLACES];
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    return conn;
}

static void *work(void *arg)
{
    for (;;) {
        char buf[512];
        int conn = get();
        ssize_t n;
        while ((n = read(conn, buf, sizeof buf)) > 0 &&
               send_all(conn, buf, (size_t)n) == 0)
            ;
#ifdef CLIENT_ERROR_EXITS
        if (n == -1) {
            perror("read");
            exit(1);
        }
#endif
        close(conn);
    }
    return arg;
}

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);

    for (int i = 0; i < WORKERS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
    }
    for (;;)
        put(accept_one(listener));
}
