/* serve.c - prefork: `workers` processes are made once, and each of them
 * accepts its clients itself, one after the other. The parent serves nobody.
 * It waits for the stop and puts a new process in the place of one that dies.
 */
#include "serve.h"

#include "echo.h"
#include "net.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int listener_;
static const struct options *options_;
static int alive;

static _Noreturn void worker(void)
{
    int conn;

    while ((conn = net_accept(listener_, options_->stop)) >= 0) {
        echo_client(conn, options_);
        close(conn);
    }
    _exit(conn != NET_STOP);
}

/* Start as many as are missing; a fork that fails is left for later. */
static void fill_up(const sigset_t *usual)
{
    for (int missing = options_->workers - alive; missing > 0; missing--) {
        pid_t pid = fork();
        if (pid == 0) {
            signal(SIGCHLD, SIG_DFL);
            sigprocmask(SIG_SETMASK, usual, NULL);
            worker();
        }
        if (pid > 0)
            alive++;
    }
}

static void on_death(int sig)
{
    (void)sig;              /* it only ends ppoll */
}

/* Returns 0 on stop, or -1 with errno. SIGCHLD is blocked but in ppoll, so no
 * death can fall between looking and sleeping. */
static int supervise(const sigset_t *usual)
{
    static const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    struct pollfd stop = { .fd = options_->stop, .events = POLLIN };

    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            alive--;
        /* The pause keeps children that cannot live from taking the CPU. */
        int missing = alive < options_->workers;
        int n = ppoll(&stop, 1, missing ? &pause : NULL, usual);
        if (n == 1)
            return 0;
        if (n == 0)
            fill_up(usual);
        else if (errno != EINTR)
            return -1;
    }
}

int serve(int listener, const struct options *options)
{
    struct sigaction death = { .sa_handler = on_death };
    sigset_t chld, usual;

    listener_ = listener;
    options_ = options;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigaction(SIGCHLD, &death, NULL) == -1 ||
        sigprocmask(SIG_BLOCK, &chld, &usual) == -1)
        return -1;
    sigdelset(&usual, SIGCHLD);

    fill_up(&usual);
    if (alive == 0)
        return -1;
    int result = supervise(&usual);
    int saved = errno;

    close(listener);        /* the children close theirs by leaving */
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    errno = saved;
    return result;
}
