/* options.h - the command line of the load tool. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct load_options {
    char *url;              /* complete, ?wait= included; curl_free it */
    int clients, at_once;   /* of them so many are at work together */
    long requests;          /* at most so many ... */
    double seconds;         /* ... and none begun after this; 0: no limit */
    double rate;            /* requests/s of an open loop; 0: closed */
    long size, timeout_ms;
    bool keep_alive, check, per_client;
    const char *json;       /* where to, or NULL */
};

/* Read the command line. Returns, or explains and exits: 0 after --help, 2
 * when there is anything in it that it does not understand. */
void options_read(struct load_options *o, int argc, char **argv);

/* "load: ", the message and a newline on stderr; exit with status 2. */
_Noreturn void usage(const char *fmt, ...);

#endif
