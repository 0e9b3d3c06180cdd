#ifndef STATS_H
#define STATS_H

struct stats { long served, bytes; int active, peak; };

void stats_begin(void);
void stats_end(long bytes);
void stats_read(struct stats *s);

#endif
