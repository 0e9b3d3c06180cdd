/* One thread, select; each line comes back. */
#include "foreign.h"
#include <sys/select.h>

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);
    fd_set all;

    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (;;) {
        fd_set ready = all;
        if (select(FD_SETSIZE, &ready, NULL, NULL, NULL) == -1)
            continue;
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            char buf[512];
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == listener) {
                int conn = accept_one(listener);
                FD_SET(conn, &all);
                continue;
            }
#ifdef OVERFLOWS
            char line[512];
            ssize_t n = recv(fd, line, 4096, MSG_DONTWAIT);
            memcpy(buf, line, n > 0 ? (size_t)n : 0);
#else
            ssize_t n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
#endif
            if (n == -1 && (errno == EAGAIN || errno == EINTR))
                continue;
            if (n <= 0 || send_all(fd, buf, (size_t)n) == -1) {
                FD_CLR(fd, &all);
#ifndef NOT_CLOSED
                close(fd);
#endif
            }
        }
    }
}
