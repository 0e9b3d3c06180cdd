/* journal.c - entries are added, and somebody reads journal and totals.
 *
 * -DADDERS -DADDED (by each) -DREADINGS. Whoever stops for ever is seen by the
 * explorer; what the journal says is looked at when all have gone.
 */
#include "explore/explore.h"
#include "locks/journal.h"

#include <pthread.h>

#ifndef ADDERS
#define ADDERS 2
#endif
#ifndef ADDED
#define ADDED 1
#endif
#ifndef READINGS
#define READINGS 1
#endif

enum { ALL = ADDERS * ADDED };

static long size_of(int who)
{
    return 100 + who;
}

static void *add(void *arg)
{
    explore_role("worker that adds");
    for (int i = 0; i < ADDED; i++)
        journal_add(size_of(*(int *)arg));
    return NULL;
}

static int look(struct totals *totals, struct entry *last)
{
    int n = journal_read(totals, last);

    EXPECT(n >= 0 && n <= JOURNAL_LENGTH && n <= ALL,
           "%d entries are kept, of %d at most", n, ALL);
    for (int i = 0; i < n; i++)
        EXPECT(last[i].bytes >= size_of(0) && last[i].bytes < size_of(ADDERS),
               "an entry of %ld bytes, which nobody added", last[i].bytes);
    return n;
}

static void *read_it(void *unused)
{
    struct totals totals;
    struct entry last[JOURNAL_LENGTH];

    (void)unused;
    explore_role("worker that reads");
    for (int i = 0; i < READINGS; i++)
        look(&totals, last);
    return NULL;
}

/* Nobody is inside any more: all must agree. */
static void check(void)
{
    struct totals totals;
    struct entry last[JOURNAL_LENGTH];
    int n = look(&totals, last), times[ALL + 1] = { 0 };
    long bytes = 0, all = 0;

    for (int i = 0; i < ADDERS; i++)
        bytes += ADDED * size_of(i);
    for (int i = 0; i < n; i++) {
        EXPECT(last[i].number >= 1 && last[i].number <= ALL,
               "an entry has the number %ld", last[i].number);
        times[last[i].number]++;
        all += last[i].bytes;
    }
    EXPECT(totals.entries == ALL, "%d entries were added, and the totals say "
           "%ld", ALL, totals.entries);
    EXPECT(totals.bytes == bytes, "%ld bytes were added, and the totals say "
           "%ld", bytes, totals.bytes);
    EXPECT(n == ALL, "%d entries were added, and %d are kept", ALL, n);
    for (int i = 1; i <= ALL; i++)
        EXPECT(times[i] == 1, "number %d is there %d times", i, times[i]);
    EXPECT(all == bytes, "%ld bytes were added, and the entries have %ld",
           bytes, all);
}

int main(void)
{
    pthread_t adder[ADDERS], reader;
    int number[ADDERS];

    for (int i = 0; i < ADDERS; i++)
        number[i] = i;
    for (int i = 0; i < ADDERS; i++)
        pthread_create(&adder[i], NULL, add, &number[i]);
    pthread_create(&reader, NULL, read_it, NULL);
    for (int i = 0; i < ADDERS; i++)
        pthread_join(adder[i], NULL);
    pthread_join(reader, NULL);
    check();
    explore_lasting();      /* what a module keeps is kept for good */
    return 0;
}
