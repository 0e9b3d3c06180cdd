/* strings.c - functions of libc that read and write the program's memory.
 *
 * libc itself is not instrumented: what it reads and writes for the program
 * is announced here. Of printf and its kin only what they write to memory is
 * seen; a line they print counts as nothing.
 */
#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void reads(const void *p, size_t n, uint32_t pc)
{
    access_memory(p, n, false, pc);
}

static void writes(void *p, size_t n, uint32_t pc)
{
    access_memory(p, n, true, pc);
}

static void reads_string(const char *s, uint32_t pc)
{
    reads(s, strlen(s) + 1, pc);
}

/* As much as a comparison, or a copy, of at most n characters looks at. */
static void reads_at_most(const char *s, size_t n, uint32_t pc)
{
    size_t length = strnlen(s, n);

    reads(s, length < n ? length + 1 : n, pc);
}

void *explored_memcpy(void *to, const void *from, size_t n)
{
    reads(from, n, PC);
    writes(to, n, PC);
    return memcpy(to, from, n);
}

void *explored_memmove(void *to, const void *from, size_t n)
{
    reads(from, n, PC);
    writes(to, n, PC);
    return memmove(to, from, n);
}

void *explored_memset(void *to, int c, size_t n)
{
    writes(to, n, PC);
    return memset(to, c, n);
}

void explored_bzero(void *to, size_t n)
{
    writes(to, n, PC);
    memset(to, 0, n);
}

int explored_memcmp(const void *a, const void *b, size_t n)
{
    reads(a, n, PC);
    reads(b, n, PC);
    return memcmp(a, b, n);
}

void *explored_memchr(const void *p, int c, size_t n)
{
    void *found = memchr(p, c, n);

    reads(p, found ? (size_t)((char *)found - (const char *)p) + 1 : n, PC);
    return memchr(p, c, n);
}

size_t explored_strlen(const char *s)
{
    reads_string(s, PC);
    return strlen(s);
}

size_t explored_strnlen(const char *s, size_t n)
{
    reads_at_most(s, n, PC);
    return strnlen(s, n);
}

char *explored_strcpy(char *to, const char *from)
{
    size_t n = strlen(from) + 1;

    reads(from, n, PC);
    writes(to, n, PC);
    return memcpy(to, from, n);
}

char *explored_strncpy(char *to, const char *from, size_t n)
{
    reads_at_most(from, n, PC);
    writes(to, n, PC);
    return strncpy(to, from, n);
}

char *explored_strcat(char *to, const char *from)
{
    size_t n = strlen(from) + 1;

    reads(from, n, PC);
    writes(to + strlen(to), n, PC);
    return strcat(to, from);
}

char *explored_strncat(char *to, const char *from, size_t n)
{
    reads_at_most(from, n, PC);
    writes(to + strlen(to), strnlen(from, n) + 1, PC);
    return strncat(to, from, n);
}

int explored_strcmp(const char *a, const char *b)
{
    reads_string(a, PC);
    reads_string(b, PC);
    return strcmp(a, b);
}

int explored_strncmp(const char *a, const char *b, size_t n)
{
    reads_at_most(a, n, PC);
    reads_at_most(b, n, PC);
    return strncmp(a, b, n);
}

char *explored_strchr(const char *s, int c)
{
    reads_string(s, PC);
    return strchr(s, c);
}

char *explored_strrchr(const char *s, int c)
{
    reads_string(s, PC);
    return strrchr(s, c);
}

char *explored_strstr(const char *s, const char *what)
{
    reads_string(s, PC);
    reads_string(what, PC);
    return strstr(s, what);
}

/* What will be written is known only when it is printed. */
static int print(char *to, size_t size, const char *format, va_list args,
                 uint32_t pc)
{
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n >= 0 && size)
        writes(to, (size_t)n < size ? (size_t)n + 1 : size, pc);
    return vsnprintf(to, size, format, args);
}

int explored_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = print(to, size, format, args, PC);
    va_end(args);
    return n;
}

int explored_sprintf(char *to, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = print(to, INT32_MAX, format, args, PC);
    va_end(args);
    return n;
}

int explored_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
    return print(to, size, format, args, PC);
}

/* clang's names */

void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int c, size_t n);

void *__tsan_memcpy(void *to, const void *from, size_t n)
{
    reads(from, n, PC);
    writes(to, n, PC);
    return memcpy(to, from, n);
}

void *__tsan_memmove(void *to, const void *from, size_t n)
{
    reads(from, n, PC);
    writes(to, n, PC);
    return memmove(to, from, n);
}

void *__tsan_memset(void *to, int c, size_t n)
{
    writes(to, n, PC);
    return memset(to, c, n);
}
