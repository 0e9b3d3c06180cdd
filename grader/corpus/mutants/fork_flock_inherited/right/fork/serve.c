/* serve.c - a process per client. SIGCHLD is ignored: then Linux keeps no
 * zombies, and wait returns only when the last child has ended. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child(int listener, int conn,
                            const struct options *options)
{
    close(listener);
    echo_client(conn, options);
    close(conn);
    _exit(0);
}

int serve(int listener, const struct options *options)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    if (sigaction(SIGCHLD, &ignore, NULL) == -1)
        return -1;

    for (;;) {
        int conn = net_accept(listener, options->stop);
        if (conn == -1)
            return -1;
        if (conn == NET_STOP)
            break;

        pid_t pid = fork();
        if (pid == 0)
            child(listener, conn, options);
        else if (pid < 0)
            net_refuse(conn);
        close(conn);
    }

    close(listener);
    while (wait(NULL) == -1 && errno == EINTR)
        continue;
    return 0;
}
