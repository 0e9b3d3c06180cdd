/* real.h - the function that a function of the shim stands before.
 *
 * Found before main, because dlsym may allocate and so has no business in a
 * signal handler. A call that comes even earlier, from the constructor of
 * another library, looks for itself. */
#ifndef REAL_H
#define REAL_H

#include <dlfcn.h>

#define REAL(result, name, ...)                                             \
    static result (*real_##name)(__VA_ARGS__);                              \
    __attribute__((constructor)) static void find_##name(void)              \
    {                                                                       \
        if (!real_##name)                                                   \
            real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    }

/* Call it: CALL(close)(fd). */
#define CALL(name) (real_##name ? (void)0 : find_##name(), real_##name)

#endif
