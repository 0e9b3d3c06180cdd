/* Forks nine times, or as often as told: a dot for a child, or the errno. A
 * second argument: listens before. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int times = argc > 1 ? atoi(argv[1]) : 9;

    setvbuf(stdout, NULL, _IONBF, 0);       /* or children print it too */
    if (argc > 2 && listen(socket(AF_INET, SOCK_STREAM, 0), 5) == -1)
        return 1;
    for (int i = 0; i < times; i++) {
        errno = 77;
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid > 0 && waitpid(pid, NULL, 0) == pid)
            printf("%s ", errno == 77 ? "." : "errno-lost");
        else
            printf("%s ", strerrorname_np(errno));
    }
    return 0;
}
