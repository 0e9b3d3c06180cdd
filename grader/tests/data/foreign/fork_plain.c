/* A process per client; what comes up to a blank line goes back. */
#include "foreign.h"
#include <sys/wait.h>

static void reap(int sig)
{
    int saved = errno;

    (void)sig;
#ifdef ONE_WAIT
    waitpid(-1, NULL, WNOHANG);
#else
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
#endif
    errno = saved;
}

static void serve(int conn)
{
    char buf[4096];
    size_t n = 0;
    ssize_t got;

    while (n < sizeof buf && (got = read(conn, buf + n, sizeof buf - n)) > 0) {
        n += (size_t)got;
#ifndef ONE_READ
        if (!memmem(buf, n, "\r\n\r\n", 4))
            continue;
#endif
        if (send_all(conn, buf, n) == -1)
            return;
#ifdef ONE_READ
        return;
#endif
        n = 0;
    }
}

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);
#ifdef EINTR_EXITS
    struct sigaction ended = { .sa_handler = reap };
#else
    struct sigaction ended = { .sa_handler = reap, .sa_flags = SA_RESTART };
#endif

#ifndef NO_REAPER
    sigaction(SIGCHLD, &ended, NULL);
#endif
    for (;;) {
#ifdef EINTR_EXITS
        int conn = accept(listener, NULL, NULL);
        if (conn == -1) {
            perror("accept");
            return 1;
        }
#else
        int conn = accept_one(listener);
#endif
        pid_t pid = fork();
        if (pid == 0) {
#ifndef KEEPS_LISTENER
            close(listener);
#endif
            serve(conn);
            _exit(0);
        }
#ifdef FORK_EXITS
        if (pid == -1)
            exit(1);
#endif
#ifndef KEEPS_DESCRIPTOR
        close(conn);
#endif
    }
}
