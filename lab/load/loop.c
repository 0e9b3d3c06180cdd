#include "loop.h"

#include "progress.h"
#include "request.h"
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256 };

/* A place with its connection: at work, free until a request is due, or done
 * with. */
struct slot {
    struct place place;
    struct wire wire;
    struct request request;
    bool again;                     /* the request is sent a second time */
    long long began, free_since;
    struct slot *before, *after;    /* among those at work, else NULL */
};

struct loop {
    struct run *run;
    struct pace *pace;
    struct dial dial;
    int epoll;
    struct slot *slot;
    struct slot **free;             /* a stack of so many */
    int frees, at_work;
    struct slot work;               /* a ring through it: those at work, in
                                     * the order in which they began */
};

static void to_work(struct loop *l, struct slot *s)
{
    s->before = l->work.before;
    s->after = &l->work;
    s->before->after = s->after->before = s;
    l->at_work++;
}

static void from_work(struct loop *l, struct slot *s)
{
    s->before->after = s->after;
    s->after->before = s->before;
    s->before = s->after = NULL;
    l->at_work--;
}

/* Have a connection. Returns 0, or -1: why not is in *why and *words. */
static int connect_wire(struct loop *l, struct slot *s, int *why,
                        const char **words)
{
    struct epoll_event e = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = s,
    };

    if (s->wire.fd != -1)
        return 0;
    s->wire.used = false;
    s->wire.fd = dial_open(&l->dial, why);
    *words = l->dial.words;
    if (s->wire.fd == -1)
        return -1;
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->wire.fd, &e);
}

/* Send the slot's request, which begins or begins again, or leave it to wait
 * for the end of the search. Returns GOES_ON, or how it has ended at once. */
static int send_request(struct loop *l, struct slot *s, const char **words)
{
    int why = OTHER;

    wire_begin(&s->wire, s->request.bytes, s->request.size,
               l->run->target.size);
    if (connect_wire(l, s, &why, words) == -1)
        return why;
    return wire_go(&s->wire, EPOLLOUT, words);
}

/* A request that met a connection just as the server closed it is sent again,
 * once, as every HTTP client does. Returns whether the request is over. */
static bool settle(struct loop *l, struct slot *s, int outcome,
                   const char *words)
{
    if (outcome != GOES_ON && !s->again && wire_was_stale(&s->wire, outcome)) {
        s->again = true;
        wire_close(&s->wire);
        outcome = send_request(l, s, &words);
    }
    if (outcome == GOES_ON)
        return false;

    from_work(l, s);
    if (!l->run->target.keep_alive || s->wire.reply.closes || outcome != RIGHT)
        wire_close(&s->wire);
    s->wire.used = true;
    s->free_since = run_clock();
    run_note(l->run, s->place.client, (enum outcome)outcome, s->place.due,
             s->free_since, words);
    return true;
}

/* Begin the slot's request, of which we may be late. Returns whether it is
 * over already. */
static bool ask(struct loop *l, struct slot *s, long long now)
{
    const char *words = NULL;
    long long due = s->place.due;

    request_set(&s->request, s->place.client, s->place.number);
    if (l->pace->every > 0)
        histogram_add(&l->run->lag,
                      now - (due > s->free_since ? due : s->free_since));
    s->began = now;
    s->again = false;
    to_work(l, s);
    int outcome = send_request(l, s, &words);
    return settle(l, s, outcome, words);
}

/* Give a slot its next request. One that is over at once, as the network is
 * unreachable, leaves the slot free: the others have their turn first. */
static void go_on(struct loop *l, struct slot *s)
{
    long long now = run_clock();
    enum when when = pace_next(l->pace, &s->place, now);

    if (when == NEVER)
        wire_close(&s->wire);
    else if (when == NOT_YET || ask(l, s, now))
        l->free[l->frees++] = s;
}

/* Those who have been free until now, as far as something is due: each once,
 * the last to become free first. */
static void begin_due(struct loop *l)
{
    for (int i = l->frees; i > 0 && pace_due(l->pace) <= run_clock(); i--) {
        struct slot *s = l->free[i - 1];

        l->free[i - 1] = l->free[--l->frees];
        go_on(l, s);
    }
}

static void give_up_late(struct loop *l)
{
    long long begun = run_clock() - l->run->target.timeout_ms * 1000000LL;

    while (l->at_work > 0 && l->work.after->began <= begun) {
        struct slot *s = l->work.after;
        s->again = true;
        settle(l, s, TIMED_OUT, NULL);
        go_on(l, s);
    }
}

/* Until when nothing needs to be done unless a socket is ready. */
static long long wait_until(const struct loop *l, long long now)
{
    long long until = now + PROGRESS_NS;
    long long late = l->work.after->began +
                     l->run->target.timeout_ms * 1000000LL;

    if (l->at_work > 0 && late < until)
        until = late;
    if (l->frees > 0 && pace_due(l->pace) < until)
        until = pace_due(l->pace);
    return until;
}

static void handle(struct loop *l, struct slot *s, uint32_t events)
{
    const char *words = NULL;

    if (!s->after) {                /* the server ends what was only kept */
        wire_close(&s->wire);
        return;
    }
    int outcome = wire_go(&s->wire, events, &words);
    if (settle(l, s, outcome, words))
        go_on(l, s);
}

/* All at work wait for the target's address: there is no connection yet. */
static void search(struct loop *l, long long wait)
{
    int found = dial_search(&l->dial, wait > 0 ? (int)(wait / 1000000) + 1 : 0);
    int waiting = found == GOES_ON ? 0 : l->at_work;

    for (struct slot *s = l->work.after, *next; waiting > 0; waiting--) {
        const char *words = l->dial.words;
        int outcome = found == RIGHT ? send_request(l, s, &words) : found;

        next = s->after;            /* s may go to the end of the ring */
        if (settle(l, s, outcome, words))
            go_on(l, s);
        s = next;
    }
}

static void wait_and_handle(struct loop *l)
{
    struct epoll_event event[EVENTS];
    long long now = run_clock(), wait = wait_until(l, now) - now;

    if (dial_is_searching(&l->dial)) {
        search(l, wait);
        return;
    }
    struct timespec t = { 0, wait > 0 ? wait : 0 };
    int n = epoll_pwait2(l->epoll, event, EVENTS, &t, NULL);

    for (int i = 0; i < n; i++)
        handle(l, event[i].data.ptr, event[i].events);
}

static int open_slots(struct loop *l)
{
    int n = l->run->at_once;

    l->work.before = l->work.after = &l->work;
    l->slot = calloc((size_t)n, sizeof *l->slot);
    l->free = calloc((size_t)n, sizeof(struct slot *));
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!l->slot || !l->free || l->epoll == -1 ||
        dial_begin(&l->dial, &l->run->target) == -1)
        return -1;
    for (int i = 0; i < n; i++) {
        l->slot[i].wire.fd = -1;
        l->slot[i].place = pace_place(l->pace);
        if (request_open(&l->slot[i].request, &l->run->target) == -1)
            return -1;
    }
    return 0;
}

static void close_slots(struct loop *l)
{
    for (int i = 0; l->slot && i < l->run->at_once; i++) {
        wire_close(&l->slot[i].wire);
        request_close(&l->slot[i].request);
    }
    if (l->epoll != -1)
        close(l->epoll);
    dial_end(&l->dial);
    free(l->slot);
    free(l->free);
}

int loop_run(struct run *r, struct pace *pace)
{
    struct loop l = { .run = r, .pace = pace, .dial.found = -1 };
    int status = open_slots(&l), error = errno;

    if (pace->every > 0)    /* the kernel would wake us 50 us late */
        prctl(PR_SET_TIMERSLACK, 1);
    for (int i = 0; status == 0 && i < r->at_once; i++)
        go_on(&l, &l.slot[i]);
    while (status == 0 &&
           (l.at_work > 0 || (l.frees > 0 && !pace_over(pace)))) {
        wait_and_handle(&l);
        begin_due(&l);
        give_up_late(&l);
        progress_show(r, run_clock());
    }
    progress_end();
    close_slots(&l);
    errno = error;
    return status;
}
