/* atomics.c - what C11, __atomic and __sync say, and in which order. */
#include "two.h"

#include <stdatomic.h>
#include <stdint.h>

static int data;

#if defined RELEASE || defined RELAXED || defined CONSUME || defined FENCES || defined HALF_FENCE || \
    defined SEQUENCE || defined SEQ_CST || defined BUILTIN || defined SYNC
static atomic_int flag;
static int plain;

static void *say(void *unused)
{
    data = 7;
#if defined RELAXED
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
#elif defined FENCES
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
#elif defined HALF_FENCE
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
#elif defined SEQUENCE
    atomic_store_explicit(&flag, 1, memory_order_release);
    atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
#elif defined SEQ_CST
    flag = 1;
#elif defined BUILTIN
    __atomic_store_n(&plain, 1, __ATOMIC_RELEASE);
#elif defined SYNC
    __sync_synchronize();
    __sync_fetch_and_add(&plain, 1);
#else
    atomic_store_explicit(&flag, 1, memory_order_release);
#endif
    return unused;
}

static int said(void)
{
#if defined FENCES || defined HALF_FENCE
    int f = atomic_load_explicit(&flag, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return f;
#elif defined CONSUME
    return atomic_load_explicit(&flag, memory_order_consume);
#elif defined SEQUENCE
    return atomic_load_explicit(&flag, memory_order_acquire) == 2;
#elif defined SEQ_CST
    return flag;
#elif defined BUILTIN
    return __atomic_load_n(&plain, __ATOMIC_ACQUIRE);
#elif defined SYNC
    return __sync_val_compare_and_swap(&plain, 1, 1);
#else
    return atomic_load_explicit(&flag, memory_order_acquire);
#endif
}

static void *hear(void *unused)
{
    while (!said())
        continue;
    EXPECT(data == 7, "the data is %d", data);
    return unused;
}

int main(void)
{
    two(say, hear);
    return plain > 1;
}

#elif defined ALL
#define TRY(type) do { \
        static _Alignas(8) _Atomic type x; \
        _Alignas(8) type e = 1; \
        x = 0; \
        atomic_fetch_add(&x, 7); \
        atomic_fetch_sub(&x, 2); \
        atomic_fetch_or(&x, 8); \
        atomic_fetch_and(&x, 12); \
        atomic_fetch_xor(&x, 1); \
        EXPECT(x == 13, "of %d bytes: %d", (int)sizeof x, (int)x); \
        EXPECT(!atomic_compare_exchange_strong(&x, &e, 3) && e == 13, "it is not 1"); \
        EXPECT(atomic_compare_exchange_strong(&x, &e, 3) && x == 3, "it is 13"); \
        EXPECT(atomic_exchange(&x, 5) == 3 && atomic_load(&x) == 5, "exchange"); \
    } while (0)

int main(void)
{
    _Alignas(8) int y = 6;
    _Alignas(8) atomic_flag f = ATOMIC_FLAG_INIT;

    TRY(int8_t);
    TRY(uint16_t);
    TRY(int);
    TRY(uint64_t);
    EXPECT(__atomic_nand_fetch(&y, 3, __ATOMIC_SEQ_CST) == ~2, "nand");
    EXPECT(__sync_lock_test_and_set(&y, 1) == ~2 && y == 1, "test and set");
    __sync_lock_release(&y);
    EXPECT(y == 0 && __sync_bool_compare_and_swap(&y, 0, 4) && y == 4, "swap");
    EXPECT(!atomic_flag_test_and_set(&f) && atomic_flag_test_and_set(&f), "flag");
    atomic_flag_clear(&f);
    EXPECT(!atomic_flag_test_and_set(&f), "cleared");
    return data;
}

#elif defined SPINLOCK
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void *add(void *unused)
{
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        continue;
    data++;
    atomic_flag_clear_explicit(&lock, memory_order_release);
    return unused;
}

int main(void)
{
    two(add, add);
    EXPECT(data == 2, "the sum is %d", data);
    return 0;
}

#elif defined SPLIT
static atomic_int x;

static void *add(void *unused)
{
    int before = atomic_load(&x);

    atomic_store(&x, before + 1);
    return unused;
}

int main(void)
{
    two(add, add);
    EXPECT(x == 2, "the sum is %d", x);
    return data;
}

#elif defined WIDE
struct wide { long a[4]; };
static _Atomic struct wide w;

int main(void)
{
    struct wide mine = w;

    return (int)mine.a[0] + data;
}
#endif
