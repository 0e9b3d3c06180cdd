/* luck.c - see luck.h. Nothing here allocates or locks, because it may be
 * called from a signal handler, and before main. */
#include "luck.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct luck chaos_luck;

/* Initial-exec: the other models may allocate at the first access. */
static _Thread_local struct {
    uint64_t name, child;       /* child: between the two halves of a fork */
    uint32_t births, drawn[CHOICES];
} self __attribute__((tls_model("initial-exec")));

/* The finalizer of splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t own_name(void)
{
    static _Atomic uint64_t strangers;      /* threads that others created */

    if (!self.name)
        self.name = mix(chaos_luck.seed ^ mix(strangers++)) | 1;
    return self.name;
}

uint32_t chaos_next(enum choice choice)
{
    uint64_t nth = (uint64_t)choice << 32 | ++self.drawn[choice];

    return (uint32_t)mix(own_name() ^ mix(nth));
}

uint64_t chaos_birth(void)
{
    return mix(own_name() + ++self.births) | 1;
}

void chaos_born(uint64_t name)
{
    memset(&self, 0, sizeof self);
    self.name = name;
}

static void before_fork(void)
{
    self.child = chaos_birth();
}

static void in_child(void)
{
    chaos_born(self.child);
}

void chaos_sleep(unsigned us)
{
    struct timespec left = { us / 1000000, us % 1000000 * 1000L };
    int saved = errno;

    while (syscall(SYS_nanosleep, &left, &left) == -1 && errno == EINTR)
        continue;
    errno = saved;
}

static char *put_number(char *to, int number)
{
    char digits[12], *at = digits + sizeof digits;
    unsigned left = number < 0 ? 0u - (unsigned)number : (unsigned)number;

    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0)
        *--at = '-';
    size_t n = (size_t)(digits + sizeof digits - at);
    memcpy(to, at, n);
    return to + n;
}

void chaos_say(const char *text, int first, int second)
{
    char line[160] = "chaos: ", *to = line + 7;
    int saved = errno, numbers[] = { first, second }, *number = numbers;

    for (; *text && to < line + sizeof line - 16; text++)
        if (*text == '%')
            to = put_number(to, *number++);
        else
            *to++ = *text;
    *to++ = '\n';
    syscall(SYS_write, STDERR_FILENO, line, (size_t)(to - line));
    errno = saved;
}

/* -- the options --------------------------------------------------------- */

static _Noreturn void wrong(const char *option)
{
    char text[100] = "what does this mean: ";

    strncat(text, option, sizeof text - strlen(text) - 1);
    chaos_say(text, 0, 0);
    _exit(2);
}

/* Does *at begin with this word? Then step over it. */
static bool skip(const char **at, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*at, word, n) != 0)
        return false;
    *at += n;
    return true;
}

static unsigned number(const char **at, const char *option)
{
    char *end;
    unsigned long value = strtoul(*at, &end, 10);

    if (end == *at || **at == '-' || value > 1000000000)
        wrong(option);
    *at = end;
    return (unsigned)value;
}

static int error_named(const char **at, enum call call, const char *option)
{
    if (!skip(at, ":"))
        return call == ACCEPT ? EINTR : EAGAIN;
    if (skip(at, "EAGAIN"))
        return EAGAIN;
    if (call == ACCEPT && skip(at, "EINTR"))
        return EINTR;
    if (call == ACCEPT && skip(at, "ECONNABORTED"))
        return ECONNABORTED;
    if (call == ACCEPT && skip(at, "EMFILE"))
        return EMFILE;
    wrong(option);
}

static void read_fail(const char *option)
{
    static const char *const names[CALLS] = { "fork:", "pthread_create:",
                                              "accept" };
    const char *at = option;

    do {
        enum call call = 0;
        while (call < CALLS && !skip(&at, names[call]))
            call++;
        if (call == ACCEPT && !skip(&at, "4:") && !skip(&at, ":"))
            call = CALLS;
        if (call == CALLS)
            wrong(option);
        chaos_luck.fail[call].every = number(&at, option);
        chaos_luck.fail[call].error = error_named(&at, call, option);
    } while (skip(&at, ","));
    if (*at)
        wrong(option);
}

static void read_short(const char *option)
{
    const char *at = option;
    bool reads = !skip(&at, "w:");

    chaos_luck.write_most = number(&at, option);
    if (reads)
        chaos_luck.read_most = chaos_luck.write_most;
    if (*at)
        wrong(option);
}

static void read_delay(const char *option)
{
    const char *at = option;

    chaos_luck.delay_us = number(&at, option);
    chaos_luck.delay_percent = skip(&at, ":") ? number(&at, option) : 100;
    if (*at)
        wrong(option);
}

static unsigned plain(const char *name)
{
    const char *option = getenv(name), *at = option;
    unsigned value = option && *option ? number(&at, option) : 0;

    if (at && *at)
        wrong(option);
    return value;
}

static void with(const char *name, void (*read)(const char *))
{
    const char *option = getenv(name);

    if (option && *option)
        read(option);
}

static uint64_t read_seed(void)
{
    const char *option = getenv("SEED");
    char *end;

    if (!option || !*option)
        return 1;
    uint64_t seed = strtoull(option, &end, 10);
    if (*end)
        wrong(option);
    return seed;
}

/* Before the constructors of the files that use the options. */
__attribute__((constructor(101))) static void read_options(void)
{
    chaos_luck.seed = read_seed();
    own_name();
    pthread_atfork(before_fork, NULL, in_child);
    with("FAIL", read_fail);
    with("SHORT", read_short);
    with("DELAY", read_delay);
    chaos_luck.late_ms = plain("LATE");
    chaos_luck.linger_ms = plain("LINGER");
    chaos_luck.first_ms = plain("FIRST");
    chaos_luck.taken_ms = plain("TAKEN");
    chaos_luck.spurious = plain("SPURIOUS");
    chaos_luck.notes = plain("NOTES") != 0;
    chaos_luck.calm = plain("CALM") != 0;
}
