/* foreign.h - what the servers here begin with. Each is right as it stands;
 * -D plants one of the mistakes that servers of its kind really have. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_at(const char *port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };

#ifdef ANY_PORT
    a.sin_port = 0;
#endif
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) == -1 || listen(fd, 10) == -1) {
        perror("listen");
        exit(1);
    }
    return fd;
}

/* A connection; errors that pass are waited out. */
__attribute__((unused)) static int accept_one(int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
#if defined ACCEPT_UNCHECKED || defined MINUS_ONE_KILLS
        return fd;
#endif
        if (fd != -1)
            return fd;
#ifdef ACCEPT_EXITS
        perror("accept");
        exit(1);
#endif
        if (errno != EINTR && errno != ECONNABORTED)
            usleep(20000);
    }
}

/* All of it, or -1. */
__attribute__((unused)) static int send_all(int fd, const char *from, size_t n)
{
    while (n > 0) {
#ifdef SIGPIPE_KILLS
        ssize_t put = write(fd, from, n);
#else
        ssize_t put = send(fd, from, n, MSG_NOSIGNAL);
#endif
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1) {
#ifdef CLIENT_ERROR_EXITS
            perror("send");
            exit(0);
#endif
            return -1;
        }
        from += put;
        n -= (size_t)put;
    }
    return 0;
}
