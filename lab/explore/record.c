/* record.c - the record, and whether it can be believed. */
#include "record.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct record *record;

int record_open(void)
{
    record = mmap((void *)OURS_AT(3), sizeof *record, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE |
                  MAP_FIXED_NOREPLACE, -1, 0);
    return record == MAP_FAILED ? -1 : 0;
}

void record_reset(void)
{
    record->verdict = LOST;
    record->text[0] = record->about[0] = '\0';
    record->segments = record->choices = record->decisions = 0;
    record->events = record->blocks = record->names = record->frames = 0;
    record->steps = record->preemptions = record->threads = 0;
    record->events_lost = 0;
    record->hash = 0xcbf29ce484222325u;
}

static bool within(long n, long most)
{
    return n >= 0 && n <= most;
}

static bool counts_can_be(const struct record *r)
{
    return (unsigned)r->verdict <= LOST && within(r->segments, MAX_SEGMENTS) &&
           within(r->choices, MAX_CHOICES) &&
           within(r->decisions, MAX_DECISIONS) &&
           within(r->events, MAX_EVENTS) && within(r->blocks, MAX_BLOCKS) &&
           within(r->frames, MAX_FRAMES) &&
           within(r->names, MAX_NAMES) && within(r->points, MAX_POINTS) &&
           within(r->races, MAX_RACES) && within(r->prefix, MAX_DECISIONS) &&
           r->threads <= MAX_THREADS;
}

static bool entries_can_be(const struct record *r)
{
    for (int i = 0; i < r->segments; i++)
        if (r->segment[i].thread >= MAX_THREADS)
            return false;
    for (int i = 0; i < r->decisions; i++)
        if (r->decision[i].chosen > MAX_THREADS ||
            r->decision[i].choices > MAX_THREADS)
            return false;
    for (int i = 0; i < r->events; i++)
        if (r->event[i].thread >= MAX_THREADS ||
            r->event[i].action >= ACTIONS ||
            r->event[i].frame > (uint32_t)r->frames)
            return false;
    for (int i = 0; i < r->frames; i++)
        if (r->frame[i].by > (uint32_t)i)
            return false;       /* nobody is called by a later one */
    return true;
}

static void end_words(struct record *r)
{
    r->text[sizeof r->text - 1] = r->about[sizeof r->about - 1] = '\0';
    for (int i = 0; i < MAX_THREADS; i++)
        r->role[i][MAX_WORD - 1] = '\0';
    for (int i = 0; i < MAX_NAMES; i++)
        r->name[i].text[MAX_WORD - 1] = '\0';
}

void record_check(void)
{
    end_words(record);
    if (counts_can_be(record) && entries_can_be(record))
        return;
    memset(record, 0, sizeof *record);
    record->verdict = CRASH;
    snprintf(record->about, sizeof record->about,
             "a write over the explorer's memory");
    snprintf(record->text, sizeof record->text,
             "the program has written over the record that the explorer keeps "
             "of its run: a pointer leads astray");
}
