/* A thread per client; each line comes back. */
#include "foreign.h"
#include <pthread.h>
#include <stdint.h>

static void *serve(void *arg)
{
#ifdef LOOP_VARIABLE
    int conn = *(int *)arg;
#else
    int conn = (int)(intptr_t)arg;
#endif
    char buf[1024];
    ssize_t n;

#ifdef MINUS_ONE_KILLS
    static _Atomic int of_nobody;
    if (conn == -1 && ++of_nobody == 300)
        abort();
#endif
#ifdef END_IS_DATA
    while ((n = read(conn, buf, sizeof buf)) >= 0)
#else
    while ((n = read(conn, buf, sizeof buf)) > 0)
#endif
        if (send_all(conn, buf, (size_t)n) == -1)
            break;
#ifdef CLIENT_ERROR_EXITS
    if (n == -1)
        exit(0);
#endif
#ifndef NOT_CLOSED
    close(conn);
#endif
    return NULL;
}

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);

#ifdef LOOP_VARIABLE
    static int conn;
#else
    int conn;
#endif
    for (;;) {
        pthread_t thread;
        conn = accept_one(listener);
#ifdef LOOP_VARIABLE
        int error = pthread_create(&thread, NULL, serve, &conn);
#else
        int error = pthread_create(&thread, NULL, serve, (void *)(intptr_t)conn);
#endif
#ifdef JOINS_IN_LOOP
        pthread_join(thread, NULL);
        continue;
#endif
#ifdef CREATE_UNCHECKED
        (void)error;
#else
        if (error != 0) {
            close(conn);
            continue;
        }
#endif
#ifndef NOT_DETACHED
        pthread_detach(thread);
#endif
    }
}
