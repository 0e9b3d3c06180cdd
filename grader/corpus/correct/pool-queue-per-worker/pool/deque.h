/* deque.h - one worker's queue, and what a thief may know of it.
 *
 * Any thread may call these; each queue has a lock of its own. There is no
 * waiting: who puts knows that there is room, and who looks may find nothing.
 */
#ifndef DEQUE_H
#define DEQUE_H

struct deque;

enum { NOTHING = -1 };

/* An empty queue of `size` slots, or NULL with errno. */
struct deque *deque_new(int size);

/* Append conn, which came as number `age`: 0, 1, ... */
void deque_put(struct deque *d, int conn, long age);

/* The age of the oldest, or NOTHING. */
long deque_oldest(struct deque *d);

/* Take the oldest if it still is the one of that age. Returns it, or
 * NOTHING. */
int deque_take(struct deque *d, long age);

void deque_free(struct deque *d);

#endif
