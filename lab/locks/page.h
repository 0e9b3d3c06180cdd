/* page.h - who may be at the page: any number of readers, or one writer.
 *
 * Two readers are there together. A writer is there alone. And whoever waits
 * is overtaken only so often: at most twice by each of the others.
 */
#ifndef PAGE_H
#define PAGE_H

/* Once, before anybody comes. */
void page_open(void);

/* A reader comes, and waits while a writer is there; a reader goes. */
void page_begin_read(void);
void page_end_read(void);

/* A writer comes, and waits while anybody is there; a writer goes. */
void page_begin_write(void);
void page_end_write(void);

#endif
