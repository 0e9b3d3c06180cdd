#include "pace.h"

#include <limits.h>

void pace_begin(struct pace *p, const struct run *r, long requests,
                double seconds)
{
    *p = (struct pace){
        .clients = r->clients,
        .requests = requests,
        .began = r->began,
        .stop_at = seconds > 0 ? r->began + (long long)(seconds * 1e9)
                               : LLONG_MAX,
        .every = r->asked_rate > 0 ? 1e9 / r->asked_rate : 0,
        .turns = r->at_once < r->clients,
    };
}

/* The first clients have one more where it does not come out even. */
static long share(const struct pace *p, int client)
{
    return p->requests / p->clients + (client < p->requests % p->clients);
}

static void next_client(struct pace *p, struct place *place)
{
    place->client = p->next < p->clients ? p->next++ : -1;
    place->left = place->client >= 0 ? share(p, place->client) : 0;
}

struct place pace_place(struct pace *p)
{
    struct place place;

    next_client(p, &place);
    return place;
}

long long pace_due(const struct pace *p)
{
    return p->began + (long long)((double)p->begun * p->every);
}

bool pace_over(const struct pace *p)
{
    return p->begun == p->requests || pace_due(p) >= p->stop_at;
}

enum when pace_next(struct pace *p, struct place *place, long long now)
{
    long long due = p->every > 0 ? pace_due(p) : now;

    if (p->turns && place->client >= 0 && place->left == 0)
        next_client(p, place);
    if (p->begun == p->requests || due >= p->stop_at ||
        place->client < 0 || (p->turns && place->left == 0))
        return NEVER;
    if (due > now)
        return NOT_YET;
    place->left--;
    place->number = p->begun++;
    place->due = due;
    return NOW;
}
