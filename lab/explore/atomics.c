/* atomics.c - what atomic operations compile to.
 *
 * Their values are sequentially consistent, whatever order the program asks
 * for: a run is one order of steps. What they order is taken as the program
 * says: a release publishes what came before it, a relaxed store nothing,
 * and an acquire fence takes up what relaxed loads have seen.
 */
#include "call.h"

#include <string.h>

typedef int order;

static bool acquires(order o)
{
    return o == __ATOMIC_CONSUME || o == __ATOMIC_ACQUIRE ||
           o == __ATOMIC_ACQ_REL || o == __ATOMIC_SEQ_CST;
}

static bool releases(order o)
{
    return o == __ATOMIC_RELEASE || o == __ATOMIC_ACQ_REL ||
           o == __ATOMIC_SEQ_CST;
}

/* What else is an atomic one's business: none beside these 8 bytes. */
static const void *cell(const volatile void *p, size_t size)
{
    uintptr_t at = (uintptr_t)p / 8;

    return at == ((uintptr_t)p + size - 1) / 8 ? (const void *)(at * 8) : NULL;
}

static struct object *object_of(const volatile void *p, size_t size, bool write,
                                uint32_t pc)
{
    bool made;

    place_check((const void *)p, size, write, pc);
    race_check((const void *)p, size, write, true, pc);
    return object_at((const void *)p, AN_ATOMIC, &made);
}

static void load(struct object *o, order how)
{
    if (acquires(how))
        acquire(&o->clock);
    else
        clock_join(&self->loaded, &o->clock);
}

/* A store begins a new release sequence; an update goes on with the old one.
 * To write what is there already changes nothing: who takes a lock by exchange
 * does so for as long as it waits. */
static void store(struct object *o, order how, bool update, bool differs)
{
    if (!update)
        memset(&o->clock, 0, sizeof o->clock);
    if (releases(how))
        release(&o->clock);
    else
        clock_join(&o->clock, &self->released);
    if (differs)
        changed();
}

#define ATOMIC(bits, type) \
    type __tsan_atomic##bits##_load(const volatile type *p, order how); \
    type __tsan_atomic##bits##_load(const volatile type *p, order how) \
    { \
        step_at(cell(p, sizeof *p), PC); \
        struct object *o = object_of(p, sizeof *p, false, PC); \
        load(o, how); \
        tell_value(tell(ATOMIC_LOAD, (const void *)p, PC), (uint64_t)*p); \
        return *p; \
    } \
    void __tsan_atomic##bits##_store(volatile type *p, type v, order how); \
    void __tsan_atomic##bits##_store(volatile type *p, type v, order how) \
    { \
        step_at(cell(p, sizeof *p), PC); \
        struct object *o = object_of(p, sizeof *p, true, PC); \
        store(o, how, false, *p != v); \
        *p = v; \
        tell_value(tell(ATOMIC_STORE, (const void *)p, PC), (uint64_t)v); \
    } \
    static bool compare##bits(volatile type *p, type *expected, type v, \
                              order how, order failed, uint32_t pc) \
    { \
        step_at(cell(p, sizeof *p), pc); \
        type old = *p; \
        bool same = old == *expected; \
        struct object *o = object_of(p, sizeof *p, same, pc); \
        load(o, same ? how : failed); \
        if (same) { \
            store(o, how, true, old != v); \
            *p = v; \
        } \
        *expected = old; \
        tell_value(tell(same ? ATOMIC_UPDATE : ATOMIC_LOAD, \
                        (const void *)p, pc), (uint64_t)*p); \
        return same; \
    } \
    COMPARE(bits, type, strong) \
    COMPARE(bits, type, weak) \
    type __tsan_atomic##bits##_compare_exchange_val( \
        volatile type *p, type e, type v, order how, order failed); \
    type __tsan_atomic##bits##_compare_exchange_val( \
        volatile type *p, type e, type v, order how, order failed) \
    { \
        compare##bits(p, &e, v, how, failed, PC); \
        return e; \
    } \
    UPDATE(bits, type, exchange, v) \
    UPDATE(bits, type, fetch_add, (type)(old + v)) \
    UPDATE(bits, type, fetch_sub, (type)(old - v)) \
    UPDATE(bits, type, fetch_and, (type)(old & v)) \
    UPDATE(bits, type, fetch_or, (type)(old | v)) \
    UPDATE(bits, type, fetch_xor, (type)(old ^ v)) \
    UPDATE(bits, type, fetch_nand, (type)~(old & v))

#define COMPARE(bits, type, strength) \
    int __tsan_atomic##bits##_compare_exchange_##strength( \
        volatile type *p, type *e, type v, order how, order failed); \
    int __tsan_atomic##bits##_compare_exchange_##strength( \
        volatile type *p, type *e, type v, order how, order failed) \
    { \
        return compare##bits(p, e, v, how, failed, PC); \
    }

#define UPDATE(bits, type, name, new) \
    type __tsan_atomic##bits##_##name(volatile type *p, type v, order how); \
    type __tsan_atomic##bits##_##name(volatile type *p, type v, order how) \
    { \
        step_at(cell(p, sizeof *p), PC); \
        struct object *o = object_of(p, sizeof *p, true, PC); \
        type old = *p; \
        load(o, how); \
        store(o, how, true, old != new); \
        *p = new; \
        tell_value(tell(ATOMIC_UPDATE, (const void *)p, PC), (uint64_t)*p); \
        return old; \
    }

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
__extension__ typedef unsigned __int128 uint128;
ATOMIC(128, uint128)

void __tsan_atomic_thread_fence(order how);
void __tsan_atomic_signal_fence(order how);

void __tsan_atomic_thread_fence(order how)
{
    step(PC);
    if (acquires(how))
        clock_join(&self->clock, &self->loaded);
    if (releases(how)) {
        self->released = self->clock;
        self->clock.at[self->id]++;
    }
    tell(FENCE, NULL, PC);
}

void __tsan_atomic_signal_fence(order how)
{
    (void)how;
}

/* gcc calls it behind an update of an _Atomic double: nobody looks at
 * floating-point exceptions here. */
void explored___atomic_feraiseexcept(int exceptions)
{
    (void)exceptions;
}
