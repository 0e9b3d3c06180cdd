/* hooks.c - what -fsanitize=thread makes the compiler call at each access. */
#include "call.h"

#define ACCESS(name, n, write) \
    void __tsan_##name##n(void *p); \
    void __tsan_##name##n(void *p) { access_memory(p, n, write, PC); }

#define READ_WRITE(name, n) \
    void __tsan_##name##n(void *p); \
    void __tsan_##name##n(void *p) { read_write(p, n, PC); }

#define HOOK(n) \
    ACCESS(read, n, false) \
    ACCESS(write, n, true) \
    ACCESS(unaligned_read, n, false) \
    ACCESS(unaligned_write, n, true) \
    ACCESS(volatile_read, n, false) \
    ACCESS(volatile_write, n, true) \
    ACCESS(unaligned_volatile_read, n, false) \
    ACCESS(unaligned_volatile_write, n, true) \
    READ_WRITE(read_write, n) \
    READ_WRITE(unaligned_read_write, n)

/* clang's word for a read and a write that it would announce one by one. */
static void read_write(void *p, size_t n, uint32_t pc)
{
    access_memory(p, n, false, pc);
    access_memory(p, n, true, pc);
}

HOOK(1)
HOOK(2)
HOOK(4)
HOOK(8)
HOOK(16)

void __tsan_init(void);
void __tsan_read_range(void *p, size_t n);
void __tsan_write_range(void *p, size_t n);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);

void __tsan_init(void)
{
}

void __tsan_read_range(void *p, size_t n)
{
    access_memory(p, n, false, PC);
}

void __tsan_write_range(void *p, size_t n)
{
    access_memory(p, n, true, PC);
}

void __tsan_func_entry(void *pc)
{
    if (run.on)
        tell_entry((uint32_t)(uintptr_t)pc, PC);
}

void __tsan_func_exit(void)
{
    if (run.on)
        tell_exit();
}
