/* shim.c - legal bad luck, to be preloaded into a server (LD_PRELOAD).
 *
 * Everything it does the kernel and the standards allow to happen, only that
 * it happens on demand. A right program may get slower and nothing else.
 *
 *     FAIL=fork:3     every third fork of a process fails with EAGAIN
 *     LATE=120        a new thread gets its first time slice 120 ms late
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The number n of FAIL=call:n, or 0 when this call is not to fail. */
static int period(const char *call)
{
    const char *fail = getenv("FAIL");
    size_t n = strlen(call);

    if (!fail || strncmp(fail, call, n) != 0 || fail[n] != ':')
        return 0;
    return atoi(fail + n + 1);
}

pid_t fork(void)
{
    static atomic_int calls;
    pid_t (*real)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");
    int every = period("fork");

    if (every > 0 && atomic_fetch_add(&calls, 1) % every == every - 1) {
        errno = EAGAIN;
        return -1;
    }
    return real();
}

struct start {
    void *(*run)(void *);
    void *arg;
    int ms;
};

static void *start_late(void *arg)
{
    struct start start = *(struct start *)arg;
    struct timespec left = { start.ms / 1000, start.ms % 1000 * 1000000L };

    free(arg);
    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        continue;
    return start.run(start.arg);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*run)(void *), void *arg)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                 void *))dlsym(RTLD_NEXT, "pthread_create");
    const char *late = getenv("LATE");
    struct start *start;

    if (!late || !(start = malloc(sizeof *start)))
        return real(thread, attributes, run, arg);
    *start = (struct start){ run, arg, atoi(late) };
    int error = real(thread, attributes, start_late, start);
    if (error != 0)
        free(start);
    return error;
}
