/* report.h - what a run found, for people and for programs. */
#ifndef REPORT_H
#define REPORT_H

#include "client.h"
#include "histogram.h"

#include <stdio.h>

struct run {
    const char *url;
    int clients;
    size_t size;
    bool keep_alive;
    long requests;                  /* finished, whatever their end */
    long outcome[OUTCOMES];         /* they add up to requests */
    char words[CURL_ERROR_SIZE];    /* libcurl on the first `other` */
    double seconds;                 /* from the first request to the last */
    double cpu;                     /* seconds of CPU that we ourselves used */
    struct histogram latency;       /* of the right replies */
};

/* Requests that did not end RIGHT. */
long run_errors(const struct run *r);

/* Were we too slow to find out how fast the server is? */
bool run_client_bound(const struct run *r);

void report_text(const struct run *r, FILE *out);

/* One JSON object, times in the units their names say. */
void report_json(const struct run *r, FILE *out);

#endif
