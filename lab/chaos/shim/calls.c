/* calls.c - FAIL and LINGER: fork and accept fail now and then, as on a full
 * machine, on a signal, or for a client that has gone while it waited. FIRST:
 * of the two processes after a fork the parent may be the later one. */
#include "../luck.h"
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

REAL(pid_t, fork, void)
REAL(int, listen, int, int)
REAL(int, accept, int, struct sockaddr *, socklen_t *)
REAL(int, accept4, int, struct sockaddr *, socklen_t *, int)

/* Is it this call's turn to fail? Then errno says why. */
static bool fails(enum call call)
{
    static atomic_uint calls[CALLS];
    unsigned every = chaos_luck.fail[call].every;

    if (!every || ++calls[call] % every != 0)
        return false;
    errno = chaos_luck.fail[call].error;
    return true;
}

/* Any signal may come between a call's failure and the line that asks why.
 * This sleep ends with the first, and leaves errno to whoever handles it. */
static void linger(void)
{
    unsigned ms = chaos_luck.linger_ms;

    if (ms)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){
            ms / 1000, ms % 1000 * 1000000L }, NULL);
}

/* EAGAIN is an answer of non-blocking listeners only. */
static bool accept_fails(int listener)
{
    int saved = errno;

    if (chaos_luck.fail[ACCEPT].error == EAGAIN &&
        !(fcntl(listener, F_GETFL) & O_NONBLOCK)) {
        errno = saved;
        return false;
    }
    errno = saved;
    if (!fails(ACCEPT))
        return false;
    linger();
    return true;
}

/* Tell how often fork has failed: nobody sees from outside that it is tried
 * again. The powers of ten will do. */
static void note_failure(void)
{
    static atomic_uint failures;
    unsigned n = ++failures, tens = 10;

    while (tens < n && tens < 100000)
        tens *= 10;
    if (n == tens)
        chaos_say("fork has failed % times", (int)n, 0);
}

/* Whether this child of ours lives. It is left to whoever waits for it. */
static bool lives(pid_t child)
{
    siginfo_t info = { .si_pid = 0 };

    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0
           && info.si_pid == 0;
}

/* Handlers run meanwhile; another thread that reaps gets some time more. */
static void let_go_first(pid_t child)
{
    int saved = errno;
    unsigned ms = 0;

    while (ms++ < chaos_luck.first_ms && lives(child))
        chaos_sleep(1000);
    chaos_sleep(10000);
    errno = saved;
}

static atomic_bool listened;         /* see CALM */

int listen(int fd, int backlog)
{
    listened = true;
    return CALL(listen)(fd, backlog);
}

pid_t fork(void)
{
    if (chaos_luck.calm && !listened)
        return CALL(fork)();
    if (fails(FORK)) {
        if (chaos_luck.notes)
            note_failure();
        return -1;
    }
    pid_t pid = CALL(fork)();
    if (pid > 0 && chaos_luck.first_ms)
        let_go_first(pid);
    return pid;
}

int accept(int listener, struct sockaddr *peer, socklen_t *n)
{
    return accept_fails(listener) ? -1 : CALL(accept)(listener, peer, n);
}

int accept4(int listener, struct sockaddr *peer, socklen_t *n, int flags)
{
    return accept_fails(listener) ? -1
                                  : CALL(accept4)(listener, peer, n, flags);
}
