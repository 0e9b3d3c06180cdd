/* page.c - readers and writers of the price page.
 *
 * -DREADERS -DWRITERS -DVISITS (of each): a writer is alone, and all get in.
 * -DTOGETHER: two readers are there at the same time, or nobody goes.
 * -DAFTER_WRITER: and a writer was there when they came.
 * -DPATIENT=reader, writer: that one comes once, while two of the others come
 * again and again, and stay until the other of them is there too (or they have
 * waited for that long enough). How often is it overtaken? Nobody starves for
 * the scheduler's sake then (explore_fair).
 */
#include "explore/explore.h"
#include "locks/page.h"

#include <pthread.h>
#include <semaphore.h>

#ifndef READERS
#define READERS 2
#endif
#ifndef WRITERS
#define WRITERS 1
#endif
#ifndef VISITS
#define VISITS 1
#endif

/* What only the scenario counts is no step of the program's. */
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))

static int reading, writing;        /* so many are there */

UNSEEN static void come_in(int *mine)
{
    ++*mine;
    EXPECT(writing == 0 || (writing == 1 && reading == 0),
           "%d writers and %d readers are there", writing, reading);
}

UNSEEN static void go_out(int *mine)
{
    --*mine;
}

static int look;                    /* what readers look at, and writers change */

static void *read_page(void *unused)
{
    (void)unused;
    explore_role("reader");
    for (int i = 0; i < VISITS; i++) {
        page_begin_read();
        come_in(&reading);
        int seen = look;
        EXPECT(seen >= 0, "a reader sees %d", seen);
        go_out(&reading);
        page_end_read();
    }
    return NULL;
}

static void *write_page(void *unused)
{
    (void)unused;
    explore_role("writer");
    for (int i = 0; i < VISITS; i++) {
        page_begin_write();
        come_in(&writing);
        look++;
        go_out(&writing);
        page_end_write();
    }
    return NULL;
}

#ifdef TOGETHER

static sem_t here[2];

static void *meet(void *arg)
{
    int me = *(int *)arg;

    explore_role("reader");
    page_begin_read();
    sem_post(&here[me]);
    sem_wait(&here[!me]);
    page_end_read();
    return NULL;
}

int main(void)
{
    pthread_t reader[2];
    int number[2] = { 0, 1 };

    page_open();
    for (int i = 0; i < 2; i++)
        sem_init(&here[i], 0, 0);
#ifdef AFTER_WRITER
    page_begin_write();
#endif
    for (int i = 0; i < 2; i++)
        pthread_create(&reader[i], NULL, meet, &number[i]);
#ifdef AFTER_WRITER
    page_end_write();
#endif
    for (int i = 0; i < 2; i++)
        pthread_join(reader[i], NULL);
    explore_lasting();      /* what a module keeps is kept for good */
    return 0;
}

#elif defined PATIENT

enum { reader, writer };
/* Each of the others may be before us twice: at a door, and behind it. */
enum { OTHERS = 2, FAIR = 2, STARVED = 100, MOST = STARVED + 20, LOOKS = 60 };

static int there[OTHERS], visits[OTHERS];
static int waits, overtaken, done;

UNSEEN static void others_come_in(int me)
{
    there[me] = 1;
    visits[me]++;
    overtaken += waits && !done;
}

UNSEEN static int other_has_come(int me, int before)
{
    return visits[!me] != before || done;
}

UNSEEN static int visits_of(int me)
{
    return visits[me];
}

UNSEEN static int enough(void)
{
    return done || overtaken >= MOST;
}

UNSEEN static void set(int *what)
{
    *what = 1;
}

/* A step that changes something: who only looks is made to give way. */
static void pause_a_step(void)
{
    static int steps;

    __atomic_fetch_add(&steps, 1, __ATOMIC_RELAXED);
}

static void *come_again(void *arg)
{
    int me = *(int *)arg;

    explore_role(PATIENT == writer ? "reader" : "writer");
    while (!enough()) {
        PATIENT == writer ? page_begin_read() : page_begin_write();
        others_come_in(me);
        int before = visits_of(!me);
        for (int i = 0; i < LOOKS && !other_has_come(me, before); i++)
            pause_a_step();
        PATIENT == writer ? page_end_read() : page_end_write();
    }
    return NULL;
}

int main(void)
{
    pthread_t other[OTHERS];
    int number[OTHERS] = { 0, 1 };

    explore_fair();
    explore_role(PATIENT == writer ? "writer" : "reader");
    page_open();
    for (int i = 0; i < OTHERS; i++)
        pthread_create(&other[i], NULL, come_again, &number[i]);
    while (visits_of(0) == 0 || visits_of(1) == 0)
        pause_a_step();         /* both are at it */
    set(&waits);                /* and then our first step towards the page */
    PATIENT == writer ? page_begin_write() : page_begin_read();
    set(&done);
    PATIENT == writer ? page_end_write() : page_end_read();
    for (int i = 0; i < OTHERS; i++)
        pthread_join(other[i], NULL);
    explore_overtaken(overtaken, FAIR * OTHERS, STARVED);
    (void)read_page;
    (void)write_page;
    explore_lasting();      /* what a module keeps is kept for good */
    return 0;
}

#else

int main(void)
{
    pthread_t thread[READERS + WRITERS];

    page_open();
    for (int i = 0; i < READERS + WRITERS; i++)
        pthread_create(&thread[i], NULL, i < READERS ? read_page : write_page, NULL);
    for (int i = 0; i < READERS + WRITERS; i++)
        pthread_join(thread[i], NULL);
    EXPECT(look == WRITERS * VISITS, "%d writers' changes are left of %d", look, WRITERS * VISITS);
    explore_lasting();      /* what a module keeps is kept for good */
    return 0;
}

#endif
