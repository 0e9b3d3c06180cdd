/* main.c - the explorer's own options: a search, or one schedule again.
 *
 * What was found is printed as one line of JSON; grader/explore tells it to
 * people. Exit status: 0 nothing found, 1 a failure, 2 nothing can be said.
 */
#include "die.h"
#include "print.h"
#include "run.h"
#include "search.h"
#include "seen.h"
#include "traces.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: %s [--schedules N] [--exhaust C | --only C] [--seed N] "
    "[--batch N]\n"
    "       [--replay SCHEDULE] [--backend fibres|threads] [--spurious] "
    "[--races] [--brief] [--every] [--traces]\n"
    "--exhaust  first all orders with at most C preemptions (1; -1: none), "
    "then by chance\n"
    "--only     all orders with at most C preemptions, and nothing else\n"
    "--batch    runs in one process (500)\n"
    "--every    do not leave out orders that come to a state that was reached "
    "before\n"
    "--traces   count what has happened in different ways\n"
    "--races    stop at the first data race, whether anything comes of it "
    "or not\n"
    "--replay   take the steps of a schedule; -: which stands on standard "
    "input\n"
    "--brief    with --replay: only the verdict's number and the hash\n";

static struct search how = {
    .schedules = 2000, .bound = 1, .batch = 500, .seed = 1,
};
static const char *again;
static bool brief;

static long number(const char *text, long least, long most, const char *option)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < least || n > most) {
        fprintf(stderr, "--%s takes a number from %ld to %ld, not '%s'\n",
                option, least, most, text);
        exit(2);
    }
    return n;
}

static void use_backend(const char *name)
{
    if (strcmp(name, "threads") == 0) {
        backend = &real_threads;
        how.batch = 1;
    } else if (strcmp(name, "fibres") != 0) {
        fprintf(stderr, "--backend takes fibres or threads, not '%s'\n", name);
        exit(2);
    }
}

static void options(int argc, char **argv)
{
    static const struct option known[] = {
        { "schedules", 1, 0, 'n' }, { "exhaust", 1, 0, 'e' },
        { "only", 1, 0, 'o' }, { "seed", 1, 0, 's' }, { "batch", 1, 0, 'b' },
        { "replay", 1, 0, 'r' }, { "backend", 1, 0, 'k' },
        { "spurious", 0, 0, 'w' }, { "races", 0, 0, 'd' },
        { "brief", 0, 0, 'q' },
        { "every", 0, 0, 'y' }, { "traces", 0, 0, 't' }, { 0 },
    };
    const long many = 1000000000;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
        switch (c) {
        case 'n': how.schedules = number(optarg, 1, many, "schedules"); break;
        case 'o': how.only_bound = true; /* fall through */
        case 'e': how.bound = (int)number(optarg, -1, 100, "exhaust"); break;
        case 's': how.seed = (uint64_t)number(optarg, 0, many, "seed"); break;
        case 'b': how.batch = number(optarg, 1, 1000000, "batch"); break;
        case 'r': again = optarg; break;
        case 'k': use_backend(optarg); break;
        case 'w': spurious_wakeups = true; break;
        case 'd': how.races_fail = true; break;
        case 'q': brief = true; break;
        case 'y': seen_off = true; break;
        case 't':
            if (traces_open() == -1)
                die("memory");
            break;
        default: fprintf(stderr, usage, argv[0]); exit(2);
        }
    if (optind < argc) {
        fprintf(stderr, usage, argv[0]);
        exit(2);
    }
}

/* The schedule to replay. A long one does not fit into an argument. */
static const char *schedule_text(void)
{
    static char text[SCHEDULE_TEXT];
    size_t n;

    if (strcmp(again, "-") != 0)
        return again;
    n = fread(text, 1, sizeof text - 1, stdin);
    text[n] = '\0';
    return text;
}

static int status(enum verdict v)
{
    if (v == UNSUPPORTED || v == INCONCLUSIVE || v == DIVERGED)
        return 2;
    return v == FINE ? 0 : 1;
}

static int replay_and_print(struct finding *f)
{
    char why[256];

    if (schedule_parse(&f->schedule, schedule_text(), why, sizeof why) == -1) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }
    f->verdict = replay(&f->schedule);
    f->runs = 1;
    f->exhausted = -1;
    if (brief)
        printf("%d %016lx\n", f->verdict, (unsigned long)record->hash);
    else
        print_finding(f);
    return status(f->verdict);
}

int main(int argc, char **argv)
{
    static struct finding f;

    options(argc, argv);
    if (runs_open() == -1)
        die("memory");
    if (again)
        return replay_and_print(&f);
    search(&how, &f);
    print_finding(&f);
    return status(f.verdict);
}
