/* print.c - JSON. Places in the code are numbers here: grader/explore knows
 * the lines. */
#include "print.h"

#include "heap.h"
#include "memory.h"
#include "traces.h"

#include <stdio.h>

static const char *const verdicts[] = {
    [FINE] = "fine", [WRONG] = "wrong-result", [RACE] = "data-race",
    [DEADLOCK] = "deadlock", [LOST_WAKEUP] = "lost-wakeup",
    [NO_PROGRESS] = "no-progress", [BYPASSED] = "bypassed", [CRASH] = "crash",
    [USE_AFTER_FREE] = "use-after-free", [DOUBLE_FREE] = "double-free",
    [OVERFLOW] = "overflow", [MISUSE] = "misuse", [LEAK] = "leak",
    [UNSUPPORTED] = "unsupported", [INCONCLUSIVE] = "inconclusive",
    [DIVERGED] = "diverged", [LOST] = "lost",
};

static const char *const actions[] = {
    [READ] = "reads", [WRITE] = "writes",
    [ATOMIC_LOAD] = "loads", [ATOMIC_STORE] = "stores",
    [ATOMIC_UPDATE] = "updates", [FENCE] = "fence",
    [LOCK] = "locks", [LOCK_TRIED] = "lock-tried", [UNLOCK] = "unlocks",
    [COND_WAIT] = "cond-wait", [COND_WOKEN] = "cond-woken",
    [COND_TIMEOUT] = "cond-timeout",
    [SIGNAL] = "signals", [BROADCAST] = "broadcasts",
    [SEM_WAIT] = "sem-wait", [SEM_TRIED] = "sem-tried",
    [SEM_TIMEOUT] = "sem-timeout", [SEM_POST] = "sem-post",
    [SEM_VALUE] = "sem-value",
    [RD_LOCK] = "read-locks", [WR_LOCK] = "write-locks",
    [RW_TRIED] = "rwlock-tried", [RW_UNLOCK] = "rwlock-unlocks",
    [BARRIER] = "arrives", [BARRIER_OPEN] = "barrier-opens", [ONCE] = "once",
    [CREATE] = "creates", [JOIN] = "joins", [DETACH] = "detaches",
    [EXIT] = "ends", [YIELD] = "yields", [SLEEP] = "sleeps",
    [TIME] = "looks-at-the-clock", [FREE] = "frees",
    [FD_READ] = "fd-read", [FD_WRITE] = "fd-write", [FD_CLOSE] = "fd-close",
    [FD_POLL] = "polls",
    [FD_ACCEPT] = "accepts",
};

/* The length of the character that begins here, in UTF-8; 0 if it is none. */
static int utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    int n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 :
            *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

    for (int i = 1; i < n; i++)
        if (s[i] >> 6 != 2)
            return 0;
    if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
        (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
        return 0;           /* too long for what it says, or not a character */
    return n;
}

/* The program may print anything: what JSON cannot hold becomes a question
 * mark. */
static void string(const char *key, const char *text)
{
    printf("\"%s\":\"", key);
    while (*text) {
        int n = utf8(text);
        if (n == 0)
            putchar('?');
        else if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", *text);
        else
            fwrite(text, 1, (size_t)n, stdout);
        text += n ? n : 1;
    }
    printf("\"");
}

static void print_access(const char *key, const struct access *a)
{
    printf("\"%s\":{\"thread\":%u,\"pc\":%u,\"step\":%u,"
           "\"write\":%s,\"atomic\":%s}", key, a->thread, a->pc, a->step,
           a->write ? "true" : "false", a->atomic ? "true" : "false");
}

static void print_races(void)
{
    printf(",\"races\":[");
    for (int i = 0; i < record->races; i++) {
        printf("%s{\"address\":%lu,", i ? "," : "",
               (unsigned long)record->race[i].address);
        print_access("first", &record->race[i].first);
        printf(",");
        print_access("second", &record->race[i].second);
        printf("}");
    }
    printf("]");
}

static void print_threads(void)
{
    printf(",\"threads\":[");
    for (uint32_t i = 0; i < record->threads; i++) {
        printf("%s{\"id\":%u,\"start\":%u,", i ? "," : "", i,
               record->start_pc[i]);
        string("role", record->role[i]);
        printf("}");
    }
    printf("]");
}

static void print_memory(void)
{
    printf(",\"stacks\":[%lu,%d],\"blocks\":[",
           (unsigned long)(uintptr_t)stacks, STACK);
    for (int i = 0; i < record->blocks; i++)
        printf("%s[%lu,%lu,%u]", i ? "," : "",
               (unsigned long)record->block[i].start,
               (unsigned long)record->block[i].size, record->block[i].pc);
    printf("],\"names\":[");
    for (int i = 0; i < record->names; i++) {
        printf("%s{\"start\":%lu,\"size\":%lu,", i ? "," : "",
               (unsigned long)record->name[i].start,
               (unsigned long)record->name[i].size);
        string("name", record->name[i].text);
        printf("}");
    }
    printf("]");
}

static void print_events(void)
{
    printf(",\"events_lost\":%u,\"events\":[", record->events_lost);
    for (int i = 0; i < record->events; i++) {
        const struct event *e = &record->event[i];
        printf("%s[%u,\"%s\",%u,%u,%lu,%u,", i ? "," : "", e->thread,
               actions[e->action], e->step, e->pc,
               (unsigned long)e->address, e->size);
        if (e->has_value)
            printf("%lu,", (unsigned long)e->value);
        else
            printf("null,");
        printf("%u,%u]", e->about, e->frame);
    }
    printf("],\"frames\":[");
    for (int i = 0; i < record->frames; i++)
        printf("%s[%u,%u,%u]", i ? "," : "", record->frame[i].called_at,
               record->frame[i].inside, record->frame[i].by);
    printf("]");
}

static void print_schedule(const struct schedule *s)
{
    static char text[SCHEDULE_TEXT];

    schedule_print(s, text, sizeof text);
    printf(",");
    string("schedule", text);
}

void print_finding(const struct finding *f)
{
    printf("{");
    string("verdict", verdicts[f->verdict]);
    printf(",");
    string("about", record->about);
    printf(",");
    string("text", record->text);
    printf(",\"runs\":%ld,\"exhausted\":%d,\"replays\":%ld,\"confirmed\":%d,"
           "\"switches\":[%d,%d],\"steps_per_run\":%.1f,"
           "\"switches_per_run\":%.1f,\"points\":%d,\"unchecked\":%u,"
           "\"hash\":\"%016lx\"", f->runs, f->exhausted, f->replays,
           f->confirmed, f->switches_before, f->switches_after, f->steps,
           f->switches, record->points, record->unchecked,
           (unsigned long)record->hash);
    if (tracing)
        printf(",\"traces\":[%lu,\"%016lx\"]", (unsigned long)traces_count(),
               (unsigned long)traces_sum());
    if (f->verdict != FINE || record->events) {
        print_schedule(&f->schedule);
        print_races();
        print_threads();
        print_memory();
        print_events();
    }
    printf("}\n");
}
