/* memory.c - what gcc and clang call at each access to memory.
 *
 * The call comes before the access. So in `n = n + 1` a pause before the
 * write lies between the read and the write, where a thread without a lock
 * loses what others write meanwhile. A pause before a read lies between a
 * check and what is then used. Of a copy of a whole struct the compiler tells
 * only once, before its first byte: it cannot be interrupted here.
 */
#include "delay.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

enum { FEWER_READS = 4 };

static _Thread_local struct {
    uintptr_t low, size;
} stack;

void chaos_find_stack(void)
{
    pthread_attr_t attributes;
    void *low;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
        stack.low = (uintptr_t)low;
        stack.size = size;
    }
    pthread_attr_destroy(&attributes);
}

__attribute__((constructor)) static void find_first_stack(void)
{
    chaos_find_stack();
}

void chaos_maybe_wait(enum choice choice, unsigned share)
{
    unsigned us = chaos_luck.delay_us, percent = chaos_luck.delay_percent;

    if (!us)
        return;
    uint32_t chance = chaos_next(choice) % (100 * share);
    if (chance < percent) {
        chaos_sleep(chaos_next(choice) % us);
    } else if (chance < 2 * percent) {
        int saved = errno;
        sched_yield();
        errno = saved;
    }
}

static int is_shared(const volatile void *p)
{
    return (uintptr_t)p - stack.low >= stack.size;
}

static void before_read(const volatile void *p)
{
    if (is_shared(p))
        chaos_maybe_wait(READS, FEWER_READS);
}

static void before_write(const volatile void *p)
{
    if (is_shared(p))
        chaos_maybe_wait(WRITES, 1);
}

/* -- what the compilers call ---------------------------------------------- */

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_init(void) {}
void __tsan_func_entry(void *caller) { (void)caller; }
void __tsan_func_exit(void) {}

#define ENTRY(name, how) \
    void __tsan_##name(void *p); \
    void __tsan_##name(void *p) { how(p); }
#define KINDS(prefix, n) \
    ENTRY(prefix##read##n, before_read) \
    ENTRY(prefix##write##n, before_write)
#define WITH_PC(name, how) \
    void __tsan_##name(void *p, void *pc); \
    void __tsan_##name(void *p, void *pc) { (void)pc; how(p); }
#define ACCESS(n) \
    KINDS(, n) KINDS(unaligned_, n) KINDS(volatile_, n) \
    KINDS(unaligned_volatile_, n) \
    ENTRY(read_write##n, before_write) \
    ENTRY(unaligned_read_write##n, before_write) \
    WITH_PC(read##n##_pc, before_read) WITH_PC(write##n##_pc, before_write)

ACCESS(1) ACCESS(2) ACCESS(4) ACCESS(8) ACCESS(16)

void __tsan_read_range(void *p, size_t n);
void __tsan_write_range(void *p, size_t n);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int byte, size_t n);

void __tsan_read_range(void *p, size_t n)
{
    (void)n;
    before_read(p);
}

void __tsan_write_range(void *p, size_t n)
{
    (void)n;
    before_write(p);
}

/* clang calls these instead of the functions, so that here the copy can be
 * interrupted: between its halves. */
void *__tsan_memmove(void *to, const void *from, size_t n)
{
    size_t half = n / 2 & ~(size_t)7, rest = n - half;
    int forward = (uintptr_t)to <= (uintptr_t)from;

    before_read(from);
    before_write(to);
    memmove((char *)to + (forward ? 0 : half),
            (const char *)from + (forward ? 0 : half), forward ? half : rest);
    before_read(from);
    before_write(to);
    memmove((char *)to + (forward ? half : 0),
            (const char *)from + (forward ? half : 0), forward ? rest : half);
    return to;
}

void *__tsan_memcpy(void *to, const void *from, size_t n)
{
    return __tsan_memmove(to, from, n);
}

void *__tsan_memset(void *to, int byte, size_t n)
{
    before_write(to);
    return memset(to, byte, n);
}
