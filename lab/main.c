/* main.c - the program around every serve: options, listener, stop.
 *
 * How a server learns that it shall stop: the handler of SIGTERM and SIGINT
 * writes one byte into a pipe that nobody ever reads. So its other end is
 * readable from then on, in every thread and, because descriptors are
 * inherited, in every child. (A signalfd would not do: what it shows depends
 * on the process that looks.) The same handler starts two clocks: a timerfd
 * for the given code to give up by, and an alarm that ends the program.
 */
#include "die.h"
#include "net.h"
#include "serve.h"
#include "stats.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct options options = {
    .workers = 8,
    .capacity = 16,
    .stop_ms = 5000,
    .idle_ms = 10000,
    .credits = -1,
};
static int stop_pipe[2];

static struct timeval in_ms(int ms)
{
    return (struct timeval){ ms / 1000, ms % 1000 * 1000 };
}

/* Runs between any two instructions of any thread, so it makes only calls
 * that are safe here and leaves errno as it was. Ctrl-C reaches children too:
 * the pipe and the timer are shared, and only the first one sets them. */
static void ask_to_stop(int sig)
{
    int saved = errno;
    struct pollfd asked = { .fd = stop_pipe[0], .events = POLLIN };
    int left = options.stop_ms / 4 * 3;

    (void)sig;
    if (poll(&asked, 1, 0) == 0) {
        struct itimerspec deadline = {
            .it_value = { left / 1000, left % 1000 * 1000000 + 1 },
        };
        timerfd_settime(options.deadline, 0, &deadline, NULL);
        if (write(stop_pipe[1], "!", 1) == -1)
            abort();        /* an empty pipe always has room for one byte */
    }
    struct itimerval end = { .it_value = in_ms(options.stop_ms) };
    setitimer(ITIMER_REAL, &end, NULL);
    errno = saved;
}

static void give_up(int sig)
{
    static const char text[] = "serve has not returned in time\n";

    (void)sig;
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;          /* there is nobody left to tell */
    _exit(EXIT_FAILURE);
}

static void prepare_stop(void)
{
    struct sigaction stop = { .sa_handler = ask_to_stop,
                              .sa_flags = SA_RESTART };
    struct sigaction late = { .sa_handler = give_up };

    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
        die("pipe");
    options.stop = stop_pipe[0];
    options.deadline = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (options.deadline == -1)
        die("timerfd");
    if (sigaction(SIGTERM, &stop, NULL) == -1 ||
        sigaction(SIGINT, &stop, NULL) == -1 ||
        sigaction(SIGALRM, &late, NULL) == -1)
        die("sigaction");
}

static _Noreturn void usage(const char *program)
{
    fprintf(stderr, "usage: %s [-p PORT] [-w WORKERS] [-q CAPACITY] "
            "[-t STOP_MS] [-i IDLE_MS] [-c CREDITS] [-k] [-x]\n", program);
    exit(2);
}

/* The number that an option was given, if it lies in [least, most]. */
static int number(char *const argv[], const char *text, int least, int most)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end != '\0' || n < least || n > most) {
        fprintf(stderr, "%s: '%s' is not a number from %d to %d\n", argv[0],
                text, least, most);
        usage(argv[0]);
    }
    return (int)n;
}

/* Returns the port. */
static int parse(int argc, char *argv[])
{
    int port = 8080, option;

    while ((option = getopt(argc, argv, "p:w:q:t:i:c:kx")) != -1)
        switch (option) {
        case 'p': port = number(argv, optarg, 0, 65535); break;
        case 'w': options.workers = number(argv, optarg, 1, 1000); break;
        case 'q': options.capacity = number(argv, optarg, 1, 100000); break;
        case 't': options.stop_ms = number(argv, optarg, 1, 600000); break;
        case 'i': options.idle_ms = number(argv, optarg, 1, 600000); break;
        case 'c': options.credits = number(argv, optarg, 0, 1000000); break;
        case 'k': options.keep_alive = true; break;
        case 'x': options.crash = true; break;
        default: usage(argv[0]);
        }
    if (optind != argc)
        usage(argv[0]);
    return port;
}

int main(int argc, char *argv[])
{
    int port = parse(argc, argv);

    prepare_stop();
    if (stats_open() == -1)
        die("stats");
    int listener = net_listen(port);
    if (listener == -1)
        die("listen");

    printf("listening on 127.0.0.1:%d\n", net_port(listener));
    fflush(stdout);
    /* On purpose not flushed: a child that leaves by exit, and not _exit,
     * writes its copy of this line as well. */
    printf("EchoCo server, process %d\n", (int)getpid());

    if (serve(listener, &options) == -1)
        die("serve");
    return 0;
}
