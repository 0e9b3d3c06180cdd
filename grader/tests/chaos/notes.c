/* Closes what is not open, and descriptor 0; makes a semaphore. */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    sem_t s;
    int conn = dup(2);

    close(conn);
    if (close(conn) != -1 || errno != EBADF)
        return 1;
    close(0);
    return sem_init(&s, 1, 4);
}
