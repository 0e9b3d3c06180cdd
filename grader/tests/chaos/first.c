/* Forks five times, a child that ends after so many milliseconds each. Says
 * of each whether it had ended when fork returned; once a handler reaps. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t reaped;

static void reap(int sig)
{
    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
}

int main(int argc, char **argv)
{
    useconds_t ms = argc > 1 ? (useconds_t)atoi(argv[1]) : 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    for (int i = 0; i < 5; i++) {
        if (i == 4)
            signal(SIGCHLD, reap);
        errno = 77;
        pid_t pid = fork();
        if (pid == 0) {
            usleep(1000 * ms);
            _exit(0);
        }
        int gone = i == 4 ? reaped : waitpid(pid, NULL, WNOHANG) == pid;
        printf("%s ", errno != 77 ? "errno-lost" : gone ? "gone" : "lives");
    }
    return 0;
}
