/* Six clients of a blocking listener (or with any argument a non-blocking
 * one): a dot for each accepted, or the errno. In the end all six are. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t n = sizeof at;

    (void)argv;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (struct sockaddr *)&at, sizeof at);
    listen(listener, 16);
    getsockname(listener, (struct sockaddr *)&at, &n);
    if (argc > 1)
        fcntl(listener, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 6; i++)
        connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&at, n);
    for (int good = 0, i = 0; good < 6; i++) {
        errno = 77;
        int conn = i % 2 ? accept(listener, NULL, NULL)
                         : accept4(listener, NULL, NULL, 0);
        good += conn >= 0;
        printf("%s ", conn < 0 ? strerrorname_np(errno) :
                      errno == 77 ? "." : "errno-lost");
    }
    return 0;
}
