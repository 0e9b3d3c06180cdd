/* atomics.c - what gcc and clang call instead of atomic operations.
 *
 * Each is done as a whole, in the strongest order, and a pause lies around
 * it: between a load and what is decided by it, between two operations that
 * should have been one. A weak compare-and-exchange may fail although the
 * value is the expected one; x86 never does it, other machines do.
 */
#include "delay.h"

#include <stdbool.h>

enum { SEQ = __ATOMIC_SEQ_CST };

static bool fails_weakly(void)
{
    return chaos_luck.delay_us &&
           chaos_next(PLACES) % 200 < chaos_luck.delay_percent;
}

#define ENTRY(result, name, ...) \
    result __tsan_atomic##name(__VA_ARGS__); \
    result __tsan_atomic##name(__VA_ARGS__)

#define CHANGE(bits, type, name, expression) \
    ENTRY(type, bits##_##name, volatile type *p, type v, int order) \
    { \
        (void)order; \
        chaos_place(); \
        type old = expression; \
        chaos_place(); \
        return old; \
    }
#define FETCH(bits, type, op) \
    CHANGE(bits, type, fetch_##op, __atomic_fetch_##op(p, v, SEQ))

#define ATOMIC(bits, type) \
    ENTRY(type, bits##_load, const volatile type *p, int order) \
    { \
        (void)order; \
        type v = __atomic_load_n(p, SEQ); \
        chaos_place(); \
        return v; \
    } \
    ENTRY(void, bits##_store, volatile type *p, type v, int order) \
    { \
        (void)order; \
        chaos_place(); \
        __atomic_store_n(p, v, SEQ); \
        chaos_place(); \
    } \
    CHANGE(bits, type, exchange, __atomic_exchange_n(p, v, SEQ)) \
    FETCH(bits, type, add) FETCH(bits, type, sub) FETCH(bits, type, and) \
    FETCH(bits, type, or) FETCH(bits, type, xor) FETCH(bits, type, nand) \
    ENTRY(int, bits##_compare_exchange_strong, volatile type *p, \
          type *expected, type v, int order, int failed) \
    { \
        (void)order, (void)failed; \
        chaos_place(); \
        int done = __atomic_compare_exchange_n(p, expected, v, 0, SEQ, SEQ); \
        chaos_place(); \
        return done; \
    } \
    ENTRY(int, bits##_compare_exchange_weak, volatile type *p, \
          type *expected, type v, int order, int failed) \
    { \
        if (!fails_weakly()) \
            return __tsan_atomic##bits##_compare_exchange_strong(p, expected, \
                v, order, failed); \
        *expected = __atomic_load_n(p, SEQ); \
        return 0; \
    } \
    ENTRY(type, bits##_compare_exchange_val, volatile type *p, \
          type expected, type v, int order, int failed) \
    { \
        __tsan_atomic##bits##_compare_exchange_strong(p, &expected, v, \
            order, failed); \
        return expected; \
    }

ATOMIC(8, uint8_t) ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t) ATOMIC(64, uint64_t)

/* Of 128 bits there is one operation, the compare-and-exchange (cmpxchg16b);
 * all others are loops around it. */
#ifdef __x86_64__
typedef unsigned __int128 wide;

__attribute__((target("cx16")))
static wide exchanged_if(volatile wide *p, wide expected, wide v)
{
    return __sync_val_compare_and_swap(p, expected, v);
}

#define WIDE(name, expression) \
    ENTRY(wide, 128_##name, volatile wide *p, wide v, int order) \
    { \
        wide old, seen = 0; \
        (void)order; \
        chaos_place(); \
        do \
            old = seen; \
        while ((seen = exchanged_if(p, old, expression)) != old); \
        chaos_place(); \
        return old; \
    }

WIDE(exchange, v)
WIDE(fetch_add, old + v) WIDE(fetch_sub, old - v) WIDE(fetch_and, old & v)
WIDE(fetch_or, old | v) WIDE(fetch_xor, old ^ v) WIDE(fetch_nand, ~(old & v))

ENTRY(wide, 128_load, const volatile wide *p, int order)
{
    (void)order;
    wide v = exchanged_if((volatile wide *)p, 0, 0);
    chaos_place();
    return v;
}

ENTRY(void, 128_store, volatile wide *p, wide v, int order)
{
    __tsan_atomic128_exchange(p, v, order);
}

ENTRY(wide, 128_compare_exchange_val, volatile wide *p, wide expected, wide v,
      int order, int failed)
{
    (void)order, (void)failed;
    chaos_place();
    wide seen = exchanged_if(p, expected, v);
    chaos_place();
    return seen;
}

ENTRY(int, 128_compare_exchange_strong, volatile wide *p, wide *expected,
      wide v, int order, int failed)
{
    wide seen = __tsan_atomic128_compare_exchange_val(p, *expected, v, order,
                                                      failed);
    int done = seen == *expected;

    *expected = seen;
    return done;
}

ENTRY(int, 128_compare_exchange_weak, volatile wide *p, wide *expected,
      wide v, int order, int failed)
{
    if (!fails_weakly())
        return __tsan_atomic128_compare_exchange_strong(p, expected, v, order,
                                                        failed);
    *expected = exchanged_if(p, 0, 0);
    return 0;
}
#endif

ENTRY(void, _thread_fence, int order)
{
    (void)order;
    __atomic_thread_fence(SEQ);
}

ENTRY(void, _signal_fence, int order)
{
    (void)order;
    __atomic_signal_fence(SEQ);
}
