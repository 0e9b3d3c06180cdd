/* serve.c - one process per client. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig)
{
    int e = errno;
    pid_t pid;

    (void)sig;
    do {
        pid = waitpid(-1, NULL, WNOHANG);
    } while (pid > 0);
    errno = e;
}

static void child(int listener, int conn, const struct options *options)
{
    close(listener);
    echo_client(conn, options);
    close(conn);
    _exit(EXIT_SUCCESS);
}

/* Have this client served. Consumes conn. */
static void hand_over(int listener, int conn, const struct options *options)
{
    switch (fork()) {
    case -1:
        /* no process left for this one, maybe for the next */
        net_refuse(conn);
        break;
    case 0:
        child(listener, conn, options);
        break;
    default:
        break;
    }
    close(conn);
}

int serve(int listener, const struct options *options)
{
    struct sigaction sa;
    int conn;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_child;
    sigemptyset(&sa.sa_mask);
    sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &sa, NULL) < 0)
        return -1;

    for (;;) {
        conn = net_accept(listener, options->stop);
        if (conn < 0)
            break;
        hand_over(listener, conn, options);
    }
    close(listener);

    /* wait for the children that are still busy */
    for (;;) {
        if (wait(NULL) == -1 && errno != EINTR)
            break;
    }
    return conn == NET_STOP ? 0 : -1;
}
