/* server.c - the given half of a tiny threaded server for the witness tests.
 *
 * A thread per client, as little HTTP as the load needs. The four numbers
 * are the other half: ../NAME/stats.c, where the bugs are.
 */
#include "stats.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 256, LENGTH = 100 };

static int stop[2];

static void on_term(int signo)
{
    (void)signo;
    if (write(stop[1], "", 1) == -1)
        _exit(1);
}

static void reply(int conn, const char *status, const char *body, size_t n)
{
    char buf[512];
    int head = snprintf(buf, sizeof buf, "HTTP/1.1 %s\r\nContent-Length: %zu"
                        "\r\nConnection: close\r\n\r\n", status, n);

    memcpy(buf + head, body, n);
    if (send(conn, buf, (size_t)head + n, MSG_NOSIGNAL) == -1)
        return;
}

static void answer(int conn, char *buf, char *body)
{
    char *wait = strstr(buf, "wait=");
    struct stats s;
    char text[128];

    if (strncmp(buf, "GET /stats ", 11) == 0) {
        stats_read(&s);
        int n = snprintf(text, sizeof text, "%ld %ld %d %d\n", s.served,
                         s.bytes, s.active, s.peak);
        reply(conn, "200 OK", text, (size_t)n);
    } else if (strncmp(buf, "POST /echo", 10) == 0) {
        stats_begin();
        usleep(wait ? (unsigned)atoi(wait + 5) * 1000 : 0);
        stats_end((long)strlen(body));
        reply(conn, "200 OK", body, strlen(body));
    } else {
        reply(conn, "400 Bad Request", "", 0);
    }
}

static void *client(void *arg)
{
    int conn = (int)(long)arg;
    char buf[1024] = "", *body = NULL;
    ssize_t got, n = 0;

    while ((got = recv(conn, buf + n, sizeof buf - 1 - (size_t)n, 0)) > 0) {
        n += got;
        buf[n] = '\0';
        body = strstr(buf, "\r\n\r\n");
        if (body && (buf[0] != 'P' || strlen(body + 4) >= LENGTH))
            break;
    }
    if (body)
        answer(conn, buf, body + 4);
    shutdown(conn, SHUT_WR);
    while (recv(conn, buf, sizeof buf, 0) > 0)
        continue;
    close(conn);
    return NULL;
}

int main(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t threads[CLIENTS];
    int n = 0;

    if (pipe(stop) == -1 || bind(listener, (void *)&a, size) == -1 ||
        listen(listener, 64) == -1)
        return 1;
    getsockname(listener, (void *)&a, &size);
    signal(SIGTERM, on_term);
    printf("listening on 127.0.0.1:%d\n", ntohs(a.sin_port));
    fflush(stdout);

    struct pollfd wait[] = { { listener, POLLIN, 0 }, { stop[0], POLLIN, 0 } };
    for (;;) {
        if (poll(wait, 2, -1) == -1)    /* the signal: look again */
            continue;
        if (wait[1].revents || n == CLIENTS)
            break;
        int conn = accept(listener, NULL, NULL);
        if (conn != -1 && pthread_create(&threads[n++], NULL, client,
                                         (void *)(long)conn) != 0)
            return 1;
    }
    while (n > 0)
        pthread_join(threads[--n], NULL);
    return 0;
}
