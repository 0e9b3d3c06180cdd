/* race.c - are two accesses ordered? By vector clocks, as in FastTrack
 * (Flanagan and Freund, PLDI 2009), but for every byte and with all
 * accesses kept that may still race.
 *
 * For each 8 bytes a cell keeps the last accesses of each thread. One is
 * forgotten only when a later one, ordered after it, covers the same bytes:
 * whatever races with the earlier then races with the later as well; and a
 * thread's accesses of one place, byte by byte, are one. A cell holds KEPT;
 * where that is not enough, and where there are no cells left, the record
 * counts the accesses that went unchecked.
 */
#include "memory.h"
#include "steps.h"

enum { CELLS = 1 << 17, KEPT = 40 };

struct kept { struct access access; uint32_t clock; uint8_t bytes; };

struct cell {
    uint64_t key;
    uint32_t run;
    int count;
    struct kept kept[KEPT];
};

static struct cell cells[CELLS];
static uint32_t current = 1, used;

void races_reset(void)
{
    current++;
    used = 0;
}

/* The cell, a new one if `make`. NULL if there is none. */
static struct cell *cell_of(uint64_t key, bool make)
{
    uint64_t h = key * 0x9e3779b97f4a7c15u;

    for (uint32_t i = (uint32_t)(h >> 40);; i++) {
        struct cell *c = &cells[i % CELLS];
        if (c->run == current && c->key == key)
            return c;
        if (c->run == current)
            continue;
        if (!make || used > CELLS / 2)
            return NULL;
        used++;
        c->key = key;
        c->run = current;
        c->count = 0;
        return c;
    }
}

void race_point(uint32_t pc)
{
    for (int i = 0; i < record->points; i++)
        if (record->point[i] == pc)
            return;
    if (record->points < MAX_POINTS)
        record->point[record->points++] = pc;
    else
        record->unchecked++;
}

static void found(const void *address, const struct access *first,
                  const struct access *second)
{
    race_point(first->pc);
    race_point(second->pc);
    for (int i = 0; i < record->races; i++) {
        struct race *r = &record->race[i];
        if ((r->first.pc == first->pc && r->second.pc == second->pc) ||
            (r->first.pc == second->pc && r->second.pc == first->pc))
            return;
    }
    if (record->races < MAX_RACES)
        record->race[record->races++] =
            (struct race){ (uint64_t)(uintptr_t)address, *first, *second };
}

static bool ordered(const struct kept *k)
{
    return k->clock <= self->clock.at[k->access.thread];
}

static bool races(const struct kept *k, const struct kept *new)
{
    return (k->bytes & new->bytes) && !ordered(k) &&
           (k->access.write || new->access.write) &&
           !(k->access.atomic && new->access.atomic);
}

/* The same place in the program, at other bytes perhaps. */
static bool again(const struct kept *k, const struct kept *new)
{
    return k->clock == new->clock && k->access.pc == new->access.pc &&
           k->access.thread == new->access.thread &&
           k->access.write == new->access.write &&
           k->access.atomic == new->access.atomic;
}

/* Check against a cell, and keep the access there. */
static void meet(struct cell *c, const struct kept *new, const void *address)
{
    bool kept = false;
    int n = 0;

    for (int i = 0; i < c->count; i++) {
        struct kept *k = &c->kept[i];
        if (races(k, new))
            found(address, &k->access, &new->access);
        if (again(k, new)) {
            k->bytes |= new->bytes;
            c->kept[n++] = *k;
            kept = true;
            continue;
        }
        /* An atomic one does not stand for a plain one, nor a read for a
         * write. */
        bool covered = !(k->bytes & ~new->bytes) && ordered(k) &&
                       new->access.write >= k->access.write &&
                       new->access.atomic <= k->access.atomic;
        if (!covered)
            c->kept[n++] = *k;
    }
    c->count = n;
    if (kept)
        return;
    if (n < KEPT)
        c->kept[c->count++] = *new;
    else
        record->unchecked++;
}

/* The part of an access that is in the 8 bytes of `at`. */
static struct kept part(uintptr_t at, uintptr_t end, struct access access)
{
    unsigned from = at % 8;
    unsigned to = end - (at - from) < 8 ? (unsigned)(end - (at - from)) : 8;

    return (struct kept){
        .access = access, .clock = self->clock.at[self->id],
        .bytes = (uint8_t)((0xffu << from) & (0xffu >> (8 - to))),
    };
}

void race_check(const void *address, size_t size, bool write, bool atomic,
                uint32_t pc)
{
    struct access access = {
        pc, self->steps, (uint8_t)self->id, write, atomic,
    };
    uintptr_t at = (uintptr_t)address, end = at + size;

    for (; at < end; at += 8 - at % 8) {
        struct kept new = part(at, end, access);
        struct cell *c = cell_of(at / 8, true);
        if (c)
            meet(c, &new, (const void *)at);
        else
            record->unchecked++;
    }
}

void race_look(const void *address, size_t size, uint32_t pc)
{
    struct access access = { pc, self->steps, (uint8_t)self->id, true, false };
    uintptr_t at = (uintptr_t)address, end = at + size;

    for (; at < end; at += 8 - at % 8) {
        struct kept new = part(at, end, access);
        struct cell *c = cell_of(at / 8, false);
        for (int i = 0; c && i < c->count; i++)
            if (races(&c->kept[i], &new))
                found((const void *)at, &c->kept[i].access, &new.access);
    }
}
