/* pipe.c - two write messages of two bytes into a pipe, and main reads them.
 *
 * With -DHALVES a message is written in two calls, and another may come
 * between its halves.
 */
#include "explore/explore.h"

#include <pthread.h>
#include <unistd.h>

enum { WRITERS = 2 };

static int end[2];

static void *tell(void *message)
{
    const char *m = message;

#ifdef HALVES
    EXPECT(write(end[1], m, 1) == 1, "write failed");
    EXPECT(write(end[1], m + 1, 1) == 1, "write failed");
#else
    EXPECT(write(end[1], m, 2) == 2, "write failed");
#endif
    return NULL;
}

/* Read a whole message; a read may return less. */
static void hear(char message[2])
{
    for (ssize_t n, got = 0; got < 2; got += n) {
        n = read(end[0], message + got, (size_t)(2 - got));
        EXPECT(n > 0, "read failed");
    }
}

int main(void)
{
    static char text[WRITERS][2] = { "aA", "bB" };
    pthread_t writer[WRITERS];
    char heard[2];

    EXPECT(pipe(end) == 0, "pipe failed");
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&writer[i], NULL, tell, text[i]);
    for (int i = 0; i < WRITERS; i++) {
        hear(heard);
        EXPECT(heard[0] - heard[1] == 'a' - 'A', "the halves are %c and %c",
               heard[0], heard[1]);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writer[i], NULL);
    close(end[0]);
    close(end[1]);
    return 0;
}
