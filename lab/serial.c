/* serial.c - EchoCo's first server: one client at a time. */
#include "echo.h"
#include "net.h"

#include <unistd.h>

int serve(int listener, const struct options *options)
{
    int conn;

    while ((conn = net_accept(listener, options->stop)) >= 0) {
        echo_client(conn, options);
        close(conn);
    }
    close(listener);
    return conn == NET_STOP ? 0 : -1;
}
