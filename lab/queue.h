/* queue.h - a bounded queue of connections, first in, first out.
 *
 * Any number of threads may put and get at once. A full queue makes put wait
 * and an empty one makes get wait, so the queue is also the brake that keeps
 * a fast acceptor from running away from slow workers.
 *
 * What is inside struct queue is queue.c's own business: choose your fields.
 * The queue passes ownership: whoever gets a connection must close it.
 */
#ifndef QUEUE_H
#define QUEUE_H

struct queue;

/* A new, empty queue of `capacity` slots (at least 1), or NULL with errno. */
struct queue *queue_new(int capacity);

/* Append conn; wait for room while the queue is full. Never fails. */
void queue_put(struct queue *q, int conn);

/* Remove and return the oldest; wait while the queue is empty. Never fails. */
int queue_get(struct queue *q);

/* Release q. No thread may be inside put or get. */
void queue_free(struct queue *q);

#endif
