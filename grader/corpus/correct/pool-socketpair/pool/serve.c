/* serve.c - a fixed pool of threads; the queue is a pair of sockets.
 *
 * A message socket (SOCK_SEQPACKET) hands each message whole to one reader
 * and keeps the order. It is bounded in bytes of the kernel's, so a semaphore
 * bounds it to what was asked for. (A small message costs most of a kilobyte
 * there: with a capacity of more than some 250 the socket is full first, and
 * the others wait in the kernel's list of clients.) After shutdown each worker
 * finds what is left, and then the end.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "sem.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct pool {
    int in, out;            /* the acceptor's socket, the workers' */
    sem_t room;             /* counts the messages that may still be sent */
    const struct options *options;
};

static void put(struct pool *pool, int conn)
{
    sem_down(&pool->room);
    while (send(pool->in, &conn, sizeof conn, MSG_NOSIGNAL) == -1 &&
           errno == EINTR)
        continue;
}

/* The next connection, or -1 when there will be no more. */
static int get(struct pool *pool)
{
    int conn;
    ssize_t n;

    while ((n = recv(pool->out, &conn, sizeof conn, 0)) == -1 &&
           errno == EINTR)
        continue;
    if (n != sizeof conn)
        return -1;
    sem_up(&pool->room);
    return conn;
}

static void *work(void *arg)
{
    struct pool *pool = arg;
    int conn;

    while ((conn = get(pool)) != -1) {
        echo_client(conn, pool->options);
        close(conn);
    }
    return NULL;
}

int serve(int listener, const struct options *options)
{
    pthread_t worker[options->workers];
    struct pool pool = { .options = options };
    int pair[2], n = 0, conn = -1;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
        return -1;
    pool.in = pair[0], pool.out = pair[1];
    sem_init(&pool.room, 0, (unsigned)options->capacity);
    while (n < options->workers &&
           (errno = pthread_create(&worker[n], NULL, work, &pool)) == 0)
        n++;
    if (n == options->workers)
        while ((conn = net_accept(listener, options->stop)) >= 0)
            put(&pool, conn);
    int saved = errno;

    close(listener);
    shutdown(pool.in, SHUT_WR);
    while (n > 0)
        pthread_join(worker[--n], NULL);
    close(pool.in);
    close(pool.out);
    sem_destroy(&pool.room);
    errno = saved;
    return conn == NET_STOP ? 0 : -1;
}
