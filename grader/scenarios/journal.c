/* journal.c - entries are added, and somebody reads journal and totals.
 *
 * -DADDERS -DADDED (by each) -DREADINGS -DBEFORE (so many are there before
 * anybody comes). Whoever stops for ever is seen by the explorer; journal and
 * totals are compared when all have gone. Where one adds alone the order is
 * known: whoever reads amid looks at it too.
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
#ifndef BEFORE
#define BEFORE 0
#endif

enum {
    ALL = BEFORE + ADDERS * ADDED,
    KEPT = ALL < JOURNAL_LENGTH ? ALL : JOURNAL_LENGTH,
    KEPT_BEFORE = BEFORE < JOURNAL_LENGTH ? BEFORE : JOURNAL_LENGTH
};

/* Of entry 1, 2, 3 ... if all came one after the other. */
static long size_of(long number)
{
    return 100 + number;
}

static void *add(void *arg)
{
    int before = BEFORE + *(int *)arg * ADDED;

    explore_role("worker that adds");
    for (int i = 1; i <= ADDED; i++)
        journal_add(size_of(before + i));
    return NULL;
}

/* One adds: each entry has the next number, and the size that goes with it. */
static void look_at_order(const struct entry *last, int n)
{
    for (int i = 0; i < n; i++) {
        EXPECT(i == 0 || last[i].number == last[i - 1].number + 1,
               "number %ld is read after number %ld", last[i].number,
               last[i - 1].number);
        EXPECT(last[i].bytes == size_of(last[i].number),
               "number %ld is read with %ld bytes, and was added with %ld",
               last[i].number, last[i].bytes, size_of(last[i].number));
    }
}

static int look(struct totals *totals, struct entry *last)
{
    int n = journal_read(totals, last);

    EXPECT(n >= KEPT_BEFORE && n <= KEPT, "%d entries are kept, of %d at most",
           n, KEPT);
    for (int i = 0; i < n; i++)
        EXPECT(last[i].bytes >= size_of(1) && last[i].bytes <= size_of(ALL),
               "an entry of %ld bytes, which nobody added", last[i].bytes);
    if (ADDERS == 1)
        look_at_order(last, n);
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

/* Nobody has come yet: what is wrong now no lock can mend. */
static void look_alone(void)
{
    struct totals totals;
    struct entry last[JOURNAL_LENGTH];

    if (BEFORE == 0)
        return;             /* whoever reads first may find it empty */
    int n = journal_read(&totals, last);
    for (int i = 1; i < n; i++)
        EXPECT(last[i - 1].number < last[i].number,
               "nobody else is there, and number %ld is read before number %ld",
               last[i - 1].number, last[i].number);
}

/* Nobody is inside any more: all must agree. */
static void check(void)
{
    struct totals totals;
    struct entry last[JOURNAL_LENGTH];
    int n = look(&totals, last), times[ALL + 1] = { 0 };
    long bytes = 0, all = 0;

    for (int i = 1; i <= ALL; i++)
        bytes += size_of(i);
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
    EXPECT(n == KEPT, "%d entries were added, and %d are kept", ALL, n);
    for (int i = 1 + ALL - KEPT; i <= ALL; i++)
        EXPECT(times[i] == 1, "number %d is there %d times", i, times[i]);
    EXPECT(all == bytes || KEPT < ALL, "%ld bytes were added, and the entries have %ld",
           bytes, all);
}

int main(void)
{
    pthread_t adder[ADDERS], reader;
    int number[ADDERS];

    for (int i = 1; i <= BEFORE; i++)
        journal_add(size_of(i));
    look_alone();
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
