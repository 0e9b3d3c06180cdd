/* confirm.c - is a failure one, and which is the simplest order to show it? */
#include "confirm.h"

#include "run.h"
#include "tls.h"
#include "watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    REPLAYS = 600,          /* to make an order short */
    LONG_REPLAYS = 2,       /* the same, where each goes to the limit */
    FRESH = 3,              /* processes that are asked */
};

static bool simpler(const struct record *r, uint32_t preemptions, int segments)
{
    return r->preemptions < preemptions ||
           (r->preemptions == preemptions && r->segments < segments);
}

static bool try_without(const struct schedule *s, int i, enum verdict v,
                        const char *about)
{
    static struct schedule t;
    struct strategy how;

    t = *s;
    memmove(&t.segment[i], &t.segment[i + 1],
            sizeof *t.segment * (size_t)(t.segments - i - 1));
    t.segments--;
    how = schedule_strategy(&t, false);
    run_once(&how, false);
    return record->verdict == v && strcmp(record->about, about) == 0;
}

/* Runs that only time ends are for finding and confirming: seconds each. And
 * where somebody was overtaken a shorter order would pass him over itself. */
static long replays_for(enum verdict v, const char *about)
{
    if (v == BYPASSED)
        return 0;
    if (v != NO_PROGRESS)
        return REPLAYS;
    return strcmp(about, NO_STEP) == 0 ? 0 : LONG_REPLAYS;
}

long shorten(struct schedule *s, enum verdict v, const char *about,
             uint32_t preemptions)
{
    long runs = 0, most = replays_for(v, about);
    bool again = true;

    while (again && runs < most) {
        again = false;
        for (int i = s->segments - 1; i >= 0 && runs < most; i--, runs++) {
            if (i < s->segments && try_without(s, i, v, about) &&
                simpler(record, preemptions, s->segments)) {
                schedule_take(s);
                preemptions = record->preemptions;
                again = true;
            }
        }
    }
    return runs;
}

static void write_all(int fd, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t n = write(fd, text, left);
        if (n <= 0)
            break;
        text += n;
        left -= (size_t)n;
    }
    close(fd);
}

/* A process in which nothing of the search is left, and what it answers. */
struct fresh { pid_t pid; int answer; };

static void become_anew(int in[2], int out[2], const char *how)
{
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[1]);
    close(out[0]);
    execl("/proc/self/exe", "explored", "--brief", "--replay", "-",
          "--backend", how, (char *)NULL);
    _exit(127);
}

static struct fresh ask(const char *schedule, const char *how)
{
    int in[2], out[2];
    struct fresh f = { .pid = -1 };

    if (pipe(in) == -1 || pipe(out) == -1)
        return f;
    f.pid = fork();
    if (f.pid == 0)
        become_anew(in, out, how);
    close(in[0]);
    close(out[1]);
    write_all(in[1], schedule);
    f.answer = out[0];
    return f;
}

static bool says(struct fresh f, const char *expected)
{
    char answer[64] = "";
    ssize_t n;

    if (f.pid == -1)
        return false;
    n = read(f.answer, answer, sizeof answer - 1);
    close(f.answer);
    waitpid(f.pid, NULL, 0);
    answer[n > 0 ? n : 0] = '\0';
    return strcmp(answer, expected) == 0;
}

/* On fibres a pointer to another thread's _Thread_local variable leads to one's
 * own (tls.h). So a program that has any is asked on real threads as well. */
static const char *backend_of(int i)
{
    return i == 0 && tls_used() ? "threads" : "fibres";
}

/* They are asked at the same time, because some runs last for seconds. */
static int how_many_agree(const struct schedule *s, enum verdict v,
                          uint64_t hash)
{
    static char text[SCHEDULE_TEXT];
    struct fresh fresh[FRESH];
    char expected[64];
    int agree = 0;

    schedule_print(s, text, sizeof text);
    snprintf(expected, sizeof expected, "%d %016lx\n", v, (unsigned long)hash);
    for (int i = 0; i < FRESH; i++)
        fresh[i] = ask(text, backend_of(i));
    for (int i = 0; i < FRESH; i++)
        agree += says(fresh[i], expected);
    return agree;
}

bool same_on_real_threads(void)
{
    static char text[SCHEDULE_TEXT];
    static struct schedule s;
    struct strategy how = { .kind = RANDOM, .seed = 1 };
    char expected[64];

    run_once(&how, false);
    schedule_take(&s);
    schedule_print(&s, text, sizeof text);
    snprintf(expected, sizeof expected, "%d %016lx\n", record->verdict,
             (unsigned long)record->hash);
    return says(ask(text, "threads"), expected);
}

enum verdict replay(const struct schedule *s)
{
    struct strategy how = schedule_strategy(s, true);

    spurious_wakeups = s->spurious;
    record->races = 0;
    run_once(&how, true);
    return record->verdict == FINE && record->races ? RACE : record->verdict;
}

bool confirm(struct finding *f)
{
    if (replay(&f->schedule) != f->verdict ||
        strcmp(f->about, record->about) != 0)
        return false;
    f->confirmed = how_many_agree(&f->schedule, f->verdict, record->hash);
    return f->confirmed == FRESH;
}
