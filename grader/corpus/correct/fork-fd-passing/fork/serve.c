/* serve.c - the parent accepts, and passes connections to worker processes.
 *
 * A descriptor can travel between processes through a Unix socket
 * (SCM_RIGHTS). So one process decides who is let in and options->workers
 * others serve, each one client after the other. An idle worker asks for work
 * with one byte, and only then is the next client accepted: the others wait
 * in the kernel's list. All workers listen at one end of one socket pair, so
 * that what was passed is taken by whoever is free.
 *
 * The price, beside the two system calls: what one client leaves behind in
 * its process the next one finds.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"
#include "pass.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACK_OFF_MS = 10 };

struct server {
    int listener;
    int give, take;         /* ends of the socket pair */
    int asked, ask;         /* ends of the pipe; a byte: somebody is idle */
    int alive;              /* workers */
    sigset_t usual;         /* the signal mask as we found it */
    const struct options *options;
};

/* A worker: it lives until the parent will pass nothing more. */
static _Noreturn void work(const struct server *s)
{
    int conn;

    close(s->listener);
    close(s->give);         /* or we should never see its end */
    sigprocmask(SIG_SETMASK, &s->usual, NULL);
    for (;;) {
        while (write(s->ask, "", 1) == -1 && errno == EINTR)
            continue;
        conn = take_fd(s->take);
        if (conn == PASS_END)
            _exit(0);
        if (conn == PASS_LOST)
            continue;       /* that client sees the end; ask for another */
        echo_client(conn, s->options);
        close(conn);
    }
}

/* Have all workers there. What fails now is tried again later. */
static void fill_up(struct server *s)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        s->alive--;
    while (s->alive < s->options->workers) {
        pid_t pid = fork();
        if (pid == 0)
            work(s);
        if (pid == -1)
            return;
        s->alive++;
    }
}

/* Pass the next client on. Returns false if it is not there any more. */
static bool pass_one(const struct server *s)
{
    int conn = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

    if (conn == -1) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM)
            poll(NULL, 0, BACK_OFF_MS);
        return false;
    }
    bool passed = give_fd(s->give, conn) == 0;
    if (!passed)
        net_refuse(conn);
    close(conn);            /* what was passed has its own life */
    return passed;
}

/* Wait for somebody to be idle, then for a client, and so on until the stop.
 * (A worker that is killed while idle has asked in vain: its byte then lets
 * one client in too early, who is served by the next who is free.) */
static void run(struct server *s)
{
    struct timespec soon = { 0, BACK_OFF_MS * 1000000L };
    bool idle = false;
    char byte;

    for (;;) {
        fill_up(s);
        struct pollfd p[] = {
            { .fd = s->options->stop, .events = POLLIN },
            { .fd = idle ? s->listener : s->asked, .events = POLLIN },
        };
        /* SIGCHLD is let in by ppoll only, so it cannot come too early. */
        if (ppoll(p, 2, s->alive < s->options->workers ? &soon : NULL,
                  &s->usual) <= 0)
            continue;
        if (p[0].revents)
            return;
        if (idle)
            idle = !pass_one(s);
        else
            idle = read(s->asked, &byte, 1) == 1;
    }
}

/* There only to interrupt: a signal without a handler is just dropped. */
static void child_ended(int sig)
{
    (void)sig;
}

/* Returns 0, or -1 with errno. */
static int prepare(struct server *s)
{
    struct sigaction ended = { .sa_handler = child_ended };
    sigset_t deaths;
    int pair[2], asking[2];

    sigemptyset(&deaths);
    sigaddset(&deaths, SIGCHLD);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
        pipe2(asking, O_CLOEXEC) == -1 ||
        fcntl(s->listener, F_SETFL,
              fcntl(s->listener, F_GETFL) | O_NONBLOCK) == -1 ||
        sigprocmask(SIG_BLOCK, &deaths, &s->usual) == -1 ||
        sigaction(SIGCHLD, &ended, NULL) == -1)
        return -1;
    s->give = pair[0], s->take = pair[1];
    s->asked = asking[0], s->ask = asking[1];
    return 0;
}

int serve(int listener, const struct options *options)
{
    struct server s = { .listener = listener, .options = options };

    if (prepare(&s) == -1)
        return -1;
    run(&s);

    close(listener);
    close(s.give);          /* who is idle reads the end, and goes */
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    close(s.take);
    close(s.asked);
    close(s.ask);
    return 0;
}
