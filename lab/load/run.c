#include "run.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

long long run_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void run_note(struct run *r, int client, enum outcome outcome, long long since,
              long long now, const char *words)
{
    struct tally *t = &r->tally[client];

    if (t->requests++ == 0)
        t->began = since;
    t->ended = now;
    r->requests++;
    if (r->outcome[outcome]++ == 0 && outcome == OTHER)
        snprintf(r->words, sizeof r->words, "%s", words ? words : "");
    if (outcome != RIGHT)
        return;
    t->right++;
    histogram_add(&r->latency, now - since);
}

/* xorshift */
void run_fill(unsigned char *body, size_t size, int client)
{
    uint64_t x = ((uint64_t)client + 1) * 0x9E3779B97F4A7C15u + 1;

    for (size_t i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        body[i] = (unsigned char)(x >> 32);
    }
}

void run_stamp(unsigned char *body, size_t size, long request)
{
    memcpy(body, &request, size < sizeof request ? size : sizeof request);
}
