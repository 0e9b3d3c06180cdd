/* fibre.c - threads that are stacks: a switch is a few registers. */
#include "thread.h"

#include "tls.h"
#include "verdict.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Save what a call must preserve on this stack, its pointer in *from, and go
 * on with the stack `to`. */
void fibre_switch(void **from, void *to);

#if defined __x86_64__ && !defined UCONTEXT

__asm__(".text\n"
        ".globl fibre_switch\n"
        "fibre_switch:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n"
        "    pushq %r13\n    pushq %r14\n    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n"
        "    popq %r12\n    popq %rbx\n    popq %rbp\n"
        "    ret\n");

/* The stack of a fibre that begins in `start`: as a call leaves it, below six
 * registers. */
static void *fresh(char *top, void (*start)(void))
{
    uint64_t *sp = (uint64_t *)top;

    *--sp = 0;              /* nowhere to return to; keeps sp % 16 right */
    *--sp = (uint64_t)(uintptr_t)start;
    for (int i = 0; i < 6; i++)
        *--sp = 0;
    return sp;
}

#elif defined __aarch64__ && !defined UCONTEXT

__asm__(".text\n"
        ".globl fibre_switch\n"
        "fibre_switch:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n   stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n   stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n     stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n    str x9, [x0]\n    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n   ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n   ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n     ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n    ret\n");

static void *fresh(char *top, void (*start)(void))
{
    uint64_t *sp = (uint64_t *)top - 20;

    for (int i = 0; i < 20; i++)
        sp[i] = 0;
    sp[11] = (uint64_t)(uintptr_t)start;    /* x30 */
    return sp;
}

#else

#include <string.h>
#include <ucontext.h>

/* Slower by the two system calls that swapcontext makes. */
void fibre_switch(void **from, void *to)
{
    ucontext_t mine;

    *from = &mine;
    swapcontext(&mine, to);
}

static void *fresh(char *top, void (*start)(void))
{
    ucontext_t *u = (ucontext_t *)(top - sizeof *u - 64);

    getcontext(u);
    u->uc_stack.ss_sp = top - STACK + GUARD;
    u->uc_stack.ss_size = STACK - GUARD - sizeof *u - 64;
    u->uc_link = NULL;
    makecontext(u, start, 0);
    return u;
}

#endif

static void *driver;        /* the stack of whoever began the run */

static void prepare(struct thread *t)
{
    t->backend = fresh(stacks + (size_t)(t->id + 1) * STACK, thread_main);
    tls_begin(t);
}

static void go(struct thread *from, struct thread *to)
{
    int saved = errno;

    tls_switch(from, to);
    from->saved_errno = saved;
    errno = to->saved_errno;
    fibre_switch(&from->backend, to->backend);
}

static void begin(struct thread *first)
{
    tls_switch(NULL, first);
    errno = 0;
    fibre_switch(&driver, first->backend);
}

static void finish(void)
{
    void *nowhere;

    fibre_switch(&nowhere, driver);
}

const struct backend fibres = { prepare, go, begin, finish };
