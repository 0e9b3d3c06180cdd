/* call.h - for the files that stand in for a library.
 *
 * explore-cc renames the program's calls: pthread_join becomes
 * explored_pthread_join, which is here, while our own calls stay what they are.
 */
#ifndef CALL_H
#define CALL_H

#include "memory.h"
#include "object.h"
#include "steps.h"
#include "verdict.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

/* Where the program called. */
#define PC ((uint32_t)(uintptr_t)__builtin_return_address(0))

/* When an absolute time of a clock is, in virtual nanoseconds; FOREVER for one
 * that nobody lives to see. */
int64_t moment(clockid_t clock, const struct timespec *t);

/* The object at an address, which must be there: memory in use, made or (if
 * `static_too`) as its initialiser leaves it, and not destroyed. */
struct object *object_in_use(const void *address, enum object_type type,
                             bool static_too, uint32_t pc);

/* A new object there. Ends the run if an old one is still in use. */
struct object *object_init(const void *address, enum object_type type,
                           uint32_t pc);

/* Memory in which an object was found may have been freed while its user stood
 * before the step. Ends the run if so. */
void object_touch(const struct object *o, uint32_t pc);

/* It must not be used from now on. Ends the run if somebody still does. */
void object_destroy(void *address, enum object_type type, bool static_too,
                    uint32_t pc);

#endif
