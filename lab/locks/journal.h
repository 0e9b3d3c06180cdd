/* journal.h - what was echoed, entry by entry, and the totals.
 *
 * Whenever nobody is inside one of these calls: the entries ever made are
 * numbered 1, 2, 3 ... to totals.entries, each number once; totals.bytes is
 * the sum of their bytes; and the journal keeps the last JOURNAL_LENGTH that
 * were added. Any number of threads may be inside at once, and each of them
 * comes out again.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

enum { JOURNAL_LENGTH = 8 };

struct entry {
    long number;            /* 1 for the first that ever was */
    long bytes;
};

struct totals {
    long entries, bytes;
};

/* Something of so many bytes was echoed: number it, and add it. */
void journal_add(long bytes);

/* Copy the totals, and the entries that are kept at one moment, the oldest
 * first, into last[JOURNAL_LENGTH]. Returns how many those are. */
int journal_read(struct totals *totals, struct entry *last);

#endif
