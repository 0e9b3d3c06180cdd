/* keys.c - a value for each thread, and what becomes of it at the end. */
#include "keys.h"

#include "call.h"
#include "locks.h"
#include "seen.h"

#include <limits.h>
#include <string.h>

static struct { void (*destroy)(void *); bool used; } keys[MAX_KEYS];

void keys_reset(void)
{
    memset(keys, 0, sizeof keys);
}

static bool destroy_all(void)
{
    bool some = false;

    for (int k = 0; k < MAX_KEYS; k++) {
        void *value = self->key[k];
        if (value)
            seen_all();
        if (value && keys[k].used && keys[k].destroy) {
            some = true;
            self->key[k] = NULL;
            keys[k].destroy(value);
        }
    }
    return some;
}

void keys_end(void)
{
    for (int n = 0; n < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_all(); n++)
        continue;
}

int key_create(pthread_key_t *key, void (*destroy)(void *), uint32_t pc)
{
    seen_all();
    for (unsigned k = 0; k < MAX_KEYS; k++)
        if (!keys[k].used) {
            keys[k].used = true;
            keys[k].destroy = destroy;
            for (int t = 0; t < MAX_THREADS; t++)
                run.thread[t].key[k] = NULL;
            touch_memory(key, sizeof *key, true, pc);
            *key = k;
            return 0;
        }
    verdict(INCONCLUSIVE, "too many keys",
            "T%d makes a key at {c:%x}, and there are %d already",
            self->id, pc, MAX_KEYS);
}

int key_delete(pthread_key_t key)
{
    seen_all();
    if (key >= MAX_KEYS || !keys[key].used)
        return EINVAL;
    keys[key].used = false;
    return 0;
}

void *key_value(pthread_key_t key)
{
    seen_all();
    return key < MAX_KEYS ? self->key[key] : NULL;
}

int key_set(pthread_key_t key, const void *value)
{
    seen_all();
    if (key >= MAX_KEYS || !keys[key].used)
        return EINVAL;
    self->key[key] = (void *)value;
    return 0;
}

int explored_pthread_key_create(pthread_key_t *key, void (*destroy)(void *))
{
    return key_create(key, destroy, PC);
}

int explored_pthread_key_delete(pthread_key_t key)
{
    return key_delete(key);
}

void *explored_pthread_getspecific(pthread_key_t key)
{
    return key_value(key);
}

int explored_pthread_setspecific(pthread_key_t key, const void *value)
{
    return key_set(key, value);
}
