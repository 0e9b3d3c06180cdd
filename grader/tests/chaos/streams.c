/* Threads that make threads, and children: each says who it is and how much
 * its twenty writes moved. Whoever is faster, each says the same. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *who)
{
    char line[200];
    int pair[2], n = snprintf(line, sizeof line, "%s:", who);

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return;
    for (int i = 0; i < 20; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, " %zd",
                      write(pair[0], line, 100));
    line[n++] = '\n';
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        return;
    close(pair[0]);
    close(pair[1]);
}

static void *run(void *arg)
{
    char mine[3][20];
    pthread_t threads[3];
    const char *who = arg;

    for (int i = 0; i < 3 && strlen(who) < 3; i++) {
        snprintf(mine[i], sizeof mine[i], "%s%d", who, i);
        pthread_create(&threads[i], NULL, run, mine[i]);
    }
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            snprintf(mine[0], sizeof mine[0], "%s child %d", who, i);
            say(mine[0]);
            _exit(0);
        }
    say(who);
    for (int i = 0; i < 3 && strlen(who) < 3; i++)
        pthread_join(threads[i], NULL);
    return NULL;
}

int main(void)
{
    run("m");
    while (wait(NULL) > 0)
        continue;
    return 0;
}
