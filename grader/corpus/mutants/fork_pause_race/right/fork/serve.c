/* serve.c - a process per client; the handler of SIGCHLD reaps, and keeps
 * count of how many children are out there. */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t children;

static void on_death(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        children--;
    errno = saved;
}

/* The child must not be counted out before it is counted in, and the handler
 * must not run in the middle of children++: SIGCHLD waits meanwhile. */
static void hand_over(int listener, int conn, const struct options *options)
{
    sigset_t chld, before;

    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);

    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        close(listener);
        echo_client(conn, options);
        close(conn);
        _exit(0);
    }
    if (pid > 0)
        children++;
    sigprocmask(SIG_SETMASK, &before, NULL);

    if (pid < 0)
        net_refuse(conn);
    close(conn);
}

int serve(int listener, const struct options *options)
{
    struct sigaction death = { .sa_handler = on_death,
                               .sa_flags = SA_RESTART | SA_NOCLDSTOP };
    int conn;

    if (sigaction(SIGCHLD, &death, NULL) == -1)
        return -1;

    while ((conn = net_accept(listener, options->stop)) >= 0)
        hand_over(listener, conn, options);
    close(listener);

    sigset_t chld, before;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    while (children > 0) {
        fprintf(stderr, "stopping, %d in service\n", (int)children);
        sigsuspend(&before);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return conn == NET_STOP ? 0 : -1;
}
