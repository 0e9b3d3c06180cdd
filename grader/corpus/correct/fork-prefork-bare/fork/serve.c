/* serve.c - children that all sleep in accept, and nothing else.
 *
 * options->workers processes call accept on the one listener; the kernel
 * wakes one of them for each client. There is no lock, no poll and no second
 * list. But who sleeps in accept sees no stop, and a listener that one process
 * closes stays open in the others: shutdown ends the socket itself, and every
 * accept returns EINVAL. The parent does that, so it waits for the stop and
 * for the children at once.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct server {
    int listener;
    int alive;              /* children */
    sigset_t usual;         /* the signal mask as we found it */
    const struct options *options;
};

/* The next client, or -1 when the listener has been shut down. */
static int next_client(const struct server *s)
{
    for (;;) {
        int conn = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (conn != -1 || errno == EINVAL || errno == EBADF)
            return conn;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            poll(NULL, 0, BACK_OFF_MS);
    }
}

/* A child: it serves one client after the other. */
static _Noreturn void work(const struct server *s)
{
    int conn;

    sigprocmask(SIG_SETMASK, &s->usual, NULL);
    while ((conn = next_client(s)) != -1) {
        echo_client(conn, s->options);
        close(conn);
    }
    _exit(0);
}

/* Have all children there. What fails now is tried again later. */
static void fill_up(struct server *s)
{
    while (s->alive < s->options->workers) {
        pid_t pid = fork();
        if (pid == 0)
            work(s);
        if (pid == -1)
            return;
        s->alive++;
    }
}

/* There only to interrupt: a signal without a handler is just dropped. */
static void child_ended(int sig)
{
    (void)sig;
}

/* Keep the children complete until the stop. */
static void watch(struct server *s)
{
    struct pollfd stop = { .fd = s->options->stop, .events = POLLIN };
    struct timespec soon = { 0, BACK_OFF_MS * 1000000L };

    do {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            s->alive--;
        fill_up(s);
        /* SIGCHLD is let in by ppoll and nowhere else, so that it cannot
         * come between the look and the sleep. */
    } while (ppoll(&stop, 1, s->alive < s->options->workers ? &soon : NULL,
                   &s->usual) != 1);
}

int serve(int listener, const struct options *options)
{
    struct server s = { .listener = listener, .options = options };
    struct sigaction ended = { .sa_handler = child_ended };
    sigset_t deaths;

    sigemptyset(&deaths);
    sigaddset(&deaths, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &deaths, &s.usual) == -1 ||
        sigaction(SIGCHLD, &ended, NULL) == -1)
        return -1;
    watch(&s);

    shutdown(listener, SHUT_RD);
    close(listener);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return 0;
}
