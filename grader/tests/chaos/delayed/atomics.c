/* Every atomic operation of every size, beside plain arithmetic. Prints what
 * differs; then how often a weak exchange failed, of a hundred. */
#include <stdint.h>
#include <stdio.h>

#define SEQ __ATOMIC_SEQ_CST
#define MUST(x) do { if (!(x)) printf("%s %d\n", #x, __LINE__); } while (0)
#define OP(type, op, sign, value) \
    do { \
        type before = n, v = (type)(value), now = (type)(before sign v); \
        MUST(__atomic_fetch_##op(&n, v, SEQ) == before && n == now); \
    } while (0)
#define SIZE(type, name) \
    static void name(void) \
    { \
        static type n, e; \
        type big = (type)~(type)0; \
        __atomic_store_n(&n, big, __ATOMIC_RELEASE); \
        MUST(__atomic_load_n(&n, __ATOMIC_ACQUIRE) == big); \
        OP(type, add, +, 3); OP(type, sub, -, 5); OP(type, or, |, 64); \
        OP(type, xor, ^, 21); OP(type, and, &, 119); \
        type before = n, v = 77; \
        MUST(__atomic_fetch_nand(&n, v, SEQ) == before); \
        MUST(n == (type)~(before & v)); \
        before = n; \
        MUST(__atomic_exchange_n(&n, (type)9, SEQ) == before && n == 9); \
        e = 8; \
        MUST(!__atomic_compare_exchange_n(&n, &e, (type)1, 0, SEQ, SEQ)); \
        MUST(e == 9 && n == 9); \
        MUST(__atomic_compare_exchange_n(&n, &e, (type)1, 0, SEQ, SEQ)); \
        MUST(n == 1); \
        MUST(__sync_val_compare_and_swap(&n, (type)1, big) == 1 && n == big); \
        e = 5; \
        MUST(!__atomic_compare_exchange_n(&n, &e, (type)1, 1, SEQ, SEQ)); \
        MUST(e == big && n == big); \
    }

SIZE(uint8_t, bits8)
SIZE(uint16_t, bits16)
SIZE(uint32_t, bits32)
SIZE(uint64_t, bits64)
#ifdef __x86_64__
SIZE(unsigned __int128, bits128)
#endif

int main(void)
{
    static int n;
    int failed = 0;

    bits8(), bits16(), bits32(), bits64();
#ifdef __x86_64__
    bits128();
#endif
    __atomic_thread_fence(SEQ);
    __atomic_signal_fence(SEQ);
    for (int i = 0; i < 100; i++) {
        int expected = 0;
        int done = __atomic_compare_exchange_n(&n, &expected, 1, 1, SEQ, SEQ);
        MUST(expected == 0 && n == done);
        failed += !done;
        n = 0;
    }
    printf("%d\n", failed);
    return 0;
}
