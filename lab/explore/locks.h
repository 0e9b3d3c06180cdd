/* locks.h - what the calls of pthreads and those of <threads.h> have in common.
 *
 * Each takes the place where the program called. Those that can fail return an
 * error number, as pthreads do; `until` is virtual time, or FOREVER.
 */
#ifndef LOCKS_H
#define LOCKS_H

#include "thread.h"

#include <pthread.h>

int mutex_lock(pthread_mutex_t *m, int64_t until, uint32_t pc);
int mutex_try(pthread_mutex_t *m, uint32_t pc);
int mutex_unlock(pthread_mutex_t *m, uint32_t pc);
int mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr,
               uint32_t pc);
void mutex_destroy(pthread_mutex_t *m, uint32_t pc);

int cond_init(pthread_cond_t *c, const pthread_condattr_t *attr, uint32_t pc);
int cond_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t until,
              uint32_t pc);
void cond_signal(pthread_cond_t *c, uint32_t pc);
void cond_broadcast(pthread_cond_t *c, uint32_t pc);
void cond_destroy(pthread_cond_t *c, uint32_t pc);

void once(pthread_once_t *control, void (*first)(void), uint32_t pc);

void thread_create(pthread_t *out, bool detached, void *(*start)(void *),
                   void *arg, uint32_t pc);
int thread_join(pthread_t which, void **result, bool wait, int64_t until,
                uint32_t pc);
void thread_detach(pthread_t which, uint32_t pc);
_Noreturn void thread_exit(void *result, uint32_t pc);

int key_create(pthread_key_t *key, void (*destroy)(void *), uint32_t pc);
int key_delete(pthread_key_t key);
void *key_value(pthread_key_t key);
int key_set(pthread_key_t key, const void *value);

/* To sleep, and to give way. */
void sleep_until(int64_t until, uint32_t pc);
void give_others_a_turn(uint32_t pc);

#endif
