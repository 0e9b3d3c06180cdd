/* One client after the other, each line comes back. Never right here: a
 * silent client blocks all others. */
#include "foreign.h"

int main(int argc, char *argv[])
{
    int listener = listen_at(argv[argc - 1]);

    for (;;) {
        int conn = accept_one(listener);
        char buf[1024];
        ssize_t n;
        while ((n = read(conn, buf, sizeof buf)) > 0 && send_all(conn, buf, (size_t)n) == 0)
            ;
        close(conn);
    }
}
