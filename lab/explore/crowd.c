/* crowd.c - who comes, what they send, and what became of it. */
#include "crowd.h"

#include "explore.h"
#include "seen.h"
#include "streams.h"
#include "verdict.h"

#include <string.h>

enum { CLIENTS = 16 };

static struct {
    struct explore_client says;     /* what the scenario says of it */
    struct ring *answer;            /* what it was sent; NULL: not accepted */
    bool late;                      /* accepted after the order to stop */
    bool over;                      /* the program has closed the connection */
} client[CLIENTS];

static int clients, accepted, gone;
static int order;                   /* a descriptor, or NONE */

enum { NONE = -1 };

void crowd_reset(void)
{
    clients = accepted = gone = 0;
    order = NONE;
}

int crowd_gone(void)
{
    return gone;
}

bool crowd_waits(void)
{
    return accepted < clients && client[accepted].says.after <= gone;
}

/* Its request lies in the ring before anybody looks. */
static void arrive(struct descriptor *d, const struct explore_client *c,
                   uint32_t pc)
{
    d->from = ring_new(pc);
    d->to = ring_new(pc);
    ring_fill(d->from, c->sends, strlen(c->sends));
    if (c->then != EXPLORE_STAYS)
        ring_drop_writer(d->from);
    if (c->then == EXPLORE_RESETS)
        ring_drop_reader(d->to);
    d->news = c->then == EXPLORE_RESETS;
}

/* So accepting comes before the order, or after it: never beside it. */
static bool order_given(void)
{
    const struct descriptor *d = descriptor_at(order);

    if (!d)
        return order != NONE;
    seen_step(descriptor_input(d));
    return descriptor_has_input(d);
}

int crowd_accept(bool nonblocking, uint32_t pc)
{
    int fd = descriptor_new(nonblocking, pc);
    struct descriptor *d = descriptor_at(fd);

    d->is_socket = true;
    d->client = accepted + 1;
    d->user = self->id;
    d->used_at = self->clock.at[self->id];
    d->used_pc = pc;
    arrive(d, &client[accepted].says, pc);
    client[accepted].answer = d->to;
    client[accepted].late = order_given();
    accepted++;
    return fd;
}

void crowd_leave(struct descriptor *d)
{
    if (d->client == 0)
        return;
    client[d->client - 1].over = true;
    gone++;
}

bool crowd_reset_is_news(struct descriptor *d)
{
    bool news = d->news;

    d->news = false;
    return news;
}

int explore_listen(const struct explore_client *list, int n)
{
    uint32_t pc = (uint32_t)(uintptr_t)__builtin_return_address(0);
    int fd = descriptor_new(false, pc);

    if (n > CLIENTS)
        verdict(INCONCLUSIVE, "too many clients",
                "the scenario has %d clients at {c:%x}, and there is room for "
                "%d", n, pc, CLIENTS);
    for (int i = 0; i < n; i++) {
        client[i].says = list[i];
        client[i].answer = NULL;
        client[i].late = client[i].over = false;
    }
    clients = n;
    descriptor_at(fd)->is_listener = true;
    descriptor_at(fd)->is_socket = true;
    return fd;
}

int explore_moment(int after)
{
    uint32_t pc = (uint32_t)(uintptr_t)__builtin_return_address(0);
    int fd = descriptor_new(false, pc);

    descriptor_at(fd)->is_moment = true;
    descriptor_at(fd)->after = after;
    return fd;
}

void explore_order(int fd)
{
    order = fd;
}

int explore_late(int number)
{
    return client[number].late;
}

enum explore_end explore_answer(int number, char *to, unsigned long size)
{
    struct ring *r = client[number].answer;

    *to = '\0';
    if (!r)
        return EXPLORE_NOT_ACCEPTED;
    to[ring_look(r, to, size - 1)] = '\0';
    return client[number].over ? EXPLORE_CLOSED : EXPLORE_LEFT_OPEN;
}
