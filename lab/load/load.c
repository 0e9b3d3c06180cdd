/* load.c - many clients in one thread, to see what a server can do.
 *
 * Whoever drives the clients is chosen here: loop.h for load, checked.h to
 * have libcurl make each request. When they ask is pace.h's.
 */
#include "checked.h"
#include "loop.h"
#include "options.h"
#include "report.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A descriptor for each client and a few for libcurl. */
static void allow_descriptors(int clients)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)clients + 32;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed)
        return;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed)
        usage("%d clients need %ld descriptors, ulimit -Hn allows %ld",
              clients, (long)needed, (long)limit.rlim_max);
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        usage("cannot raise the number of descriptors: %s", strerror(errno));
}

static void measure(struct run *r, const struct load_options *o)
{
    double cpu = cpu_seconds();
    struct pace pace;

    r->began = run_clock();
    pace_begin(&pace, r, o->requests, o->seconds);
    if ((r->checked ? checked_run : loop_run)(r, &pace) == -1)
        usage("%d clients cannot begin: %s", o->clients, strerror(errno));
    r->seconds = (double)(run_clock() - r->began) / 1e9;
    r->cpu = cpu_seconds() - cpu;
}

/* Open the file before the run: a wrong name should not cost a minute. */
static FILE *open_json(const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!f)
        usage("--json: cannot write %s: %s", path, strerror(errno));
    return f;
}

/* All of it, and not only the last piece. */
static bool is_written(FILE *f)
{
    return fflush(f) == 0 && !ferror(f);
}

/* Returns whether all of the text could be written. Where the JSON could not,
 * nobody can go on: exits. */
static bool report(const struct run *r, const struct load_options *o,
                   FILE *json)
{
    FILE *out = json == stdout ? stderr : stdout;

    if (o->per_client)
        report_clients(r, out);
    report_text(r, out);
    bool written = is_written(out);
    if (!written)
        fprintf(stderr, "load: could not write the report: %s\n",
                strerror(errno));
    if (!json)
        return written;
    report_json(r, o->per_client, json);
    if (!is_written(json) || fclose(json) == EOF)
        usage("--json: could not write it all: %s", strerror(errno));
    return written;
}

int main(int argc, char **argv)
{
    struct load_options options;
    static struct run run;      /* 60 KiB of histograms */

    curl_global_init(CURL_GLOBAL_DEFAULT);
    options_read(&options, argc, argv);
    FILE *json = options.json ? open_json(options.json) : NULL;
    allow_descriptors(options.at_once);
    run = (struct run){
        .target = {
            .url = options.url, .size = (size_t)options.size,
            .timeout_ms = options.timeout_ms, .keep_alive = options.keep_alive,
        },
        .clients = options.clients, .at_once = options.at_once,
        .asked_rate = options.rate, .checked = options.check,
        .tally = calloc((size_t)options.clients, sizeof *run.tally),
    };
    if (!run.tally)
        usage("no memory for %d clients", options.clients);

    measure(&run, &options);
    bool written = report(&run, &options, json);

    free(run.tally);
    curl_free(options.url);
    curl_global_cleanup();
    return run_errors(&run) > 0 || !run_valid(&run) || !written;
}
