/* locks.c - money goes from one account to another and back, and none is lost.
 *
 * Each account has a lock. With -DCROSSED the two transfers take them in
 * opposite order.
 */
#include "explore/explore.h"

#include <pthread.h>

struct account { pthread_mutex_t lock; int money; };

static struct account a = { PTHREAD_MUTEX_INITIALIZER, 10 };
static struct account b = { PTHREAD_MUTEX_INITIALIZER, 10 };

static void move(struct account *from, struct account *to,
                 struct account *first, struct account *second)
{
    pthread_mutex_lock(&first->lock);
    pthread_mutex_lock(&second->lock);
    from->money--;
    to->money++;
    pthread_mutex_unlock(&second->lock);
    pthread_mutex_unlock(&first->lock);
}

static void *there(void *unused)
{
    (void)unused;
    move(&a, &b, &a, &b);
    return NULL;
}

static void *back(void *unused)
{
    (void)unused;
#ifdef CROSSED
    move(&b, &a, &b, &a);
#else
    move(&b, &a, &a, &b);
#endif
    return NULL;
}

int main(void)
{
    pthread_t one, other;

    pthread_create(&one, NULL, there, NULL);
    pthread_create(&other, NULL, back, NULL);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    EXPECT(a.money == 10 && b.money == 10, "there are %d and %d", a.money,
           b.money);
    return 0;
}
