/* report.h - what a run found, for people and for programs. */
#ifndef REPORT_H
#define REPORT_H

#include "run.h"

#include <stdio.h>

/* Requests that did not end RIGHT. */
long run_errors(const struct run *r);

/* Were we too slow to find out how fast the server is? */
bool run_client_bound(const struct run *r);

/* Whether an open loop was kept: if we were late ourselves, so was what we
 * measured. */
bool run_valid(const struct run *r);

void report_text(const struct run *r, FILE *out);

/* A table with a line for each client, and one for all. */
void report_clients(const struct run *r, FILE *out);

/* One JSON object, times in the units their names say. */
void report_json(const struct run *r, bool per_client, FILE *out);

#endif
