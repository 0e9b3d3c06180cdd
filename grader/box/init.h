/* init.h - the pieces of init that its files share. */
#ifndef INIT_H
#define INIT_H

#include <sys/types.h>

enum { CONTROL = 3 };           /* the socket to the grader */

/* Send one message to the grader; if it has gone, nobody. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Say that WHAT failed, with errno, and exit. */
_Noreturn void fail(const char *what);

/* Write to a file of /proc, if it can be opened. */
void write_file(const char *path, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Let go of the program's stdin, stdout and stderr: the grader sees the end of
 * a pipe only when nobody has it any more. */
void drop_stdio(void);

/* Become PID 1 of new namespaces; the first process waits outside and exits
 * with it. FLAGS as in init.c. */
void enter_namespaces(const char *flags, char *hidden);

/* Become the program: its group, limits, user (or -1), directory. args are
 * init's from PROCESSES on. */
_Noreturn void execute(uid_t user, char **args);

#endif
