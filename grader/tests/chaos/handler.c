/* A handler that closes, writes, forks and takes a descriptor twice, ten
 * thousand times a second, while main allocates, and looks at its errno. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int pair[2];
static volatile sig_atomic_t calls;

static void handle(int sig)
{
    char buf[50] = "";
    int saved = errno;

    (void)sig;
    if (write(pair[0], buf, sizeof buf) > 0 && read(pair[1], buf, 50) > 0)
        calls++;
    if (calls % 50 == 0) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    close(500);
    errno = saved;
}

int main(void)
{
    struct sigaction act = { .sa_handler = handle, .sa_flags = SA_RESTART };
    struct itimerval each = { { 0, 100 }, { 0, 100 } };
    long lost = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
        return 1;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
    while (calls < 1000) {
        errno = 77;
        char *p = malloc((size_t)calls + 1);
        p[0] = 1;
        free(p);
        close(dup(2));
        lost += errno != 77;
    }
    printf("%ld\n", lost);
    return 0;
}
