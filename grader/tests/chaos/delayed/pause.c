/* A child ends 10 ms after a look whether it has, and a pause follows that
 * waits for its end. Prints "missed" when that had come before the pause, and
 * else the errno of the pause. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t deaths, in_time;

static void on_death(int sig)
{
    (void)sig;
    deaths++;
}

static void on_alarm(int sig)
{
    (void)sig;
    in_time = 0;
}

int main(void)
{
    struct sigaction death = { .sa_handler = on_death };
    struct sigaction late = { .sa_handler = on_alarm };

    sigaction(SIGCHLD, &death, NULL);
    sigaction(SIGALRM, &late, NULL);
    in_time = 1;
    if (fork() == 0) {
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
        _exit(0);
    }
    alarm(2);
    if (deaths == 0)
        errno = pause() == -1 ? errno : 0;
    puts(in_time ? strerrorname_np(errno) : "missed");
    return 0;
}
