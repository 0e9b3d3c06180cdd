#include "options.h"

#include <curl/curl.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: load URL [-c CLIENTS] [-n REQUESTS] [-d SECONDS] [-w MS] [-k]\n"
    "            [--rate R | --check] [--size BYTES] [--timeout MS]\n"
    "            [--max-workers M] [--per-client] [--json FILE]\n"
    "\n"
    "Each of CLIENTS (8) posts a body of BYTES (64) to URL, waits for the\n"
    "reply, compares every byte of it, and asks again, until REQUESTS (1000,\n"
    "or no limit with -d) are done or SECONDS are over.\n"
    "\n"
    "  URL               http://127.0.0.1:8080/echo, or 127.0.0.1:8080\n"
    "  -w, --wait MS     ask the server to wait so long: /echo?wait=MS\n"
    "  -k, --keep-alive  many requests on a connection; else each has its own\n"
    "  --rate R          open loop: R requests/s are due, whether the server\n"
    "                    keeps up or not, and count from when they were due\n"
    "  --check           libcurl makes every request: slower, knows all of HTTP\n"
    "  --max-workers M   so many clients at a time; each does its share, and\n"
    "                    then the next one comes\n"
    "  --per-client      a line for each client\n"
    "  --timeout MS      give up on a request after so long (10000 + wait)\n"
    "  --json FILE       write the numbers there too (- is stdout, and then the\n"
    "                    text goes to stderr)\n"
    "\n"
    "Exit status: 0 every reply was right, 1 some were not, or we were late\n"
    "ourselves, or the text could not be written, 2 usage, or FILE could not.\n";

enum { SIZE = 256, TIMEOUT, JSON, RATE, CHECK, MAX_WORKERS, PER_CLIENT };

static const struct option names[] = {
    { "clients", required_argument, NULL, 'c' },
    { "requests", required_argument, NULL, 'n' },
    { "seconds", required_argument, NULL, 'd' },
    { "wait", required_argument, NULL, 'w' },
    { "size", required_argument, NULL, SIZE },
    { "keep-alive", no_argument, NULL, 'k' },
    { "timeout", required_argument, NULL, TIMEOUT },
    { "json", required_argument, NULL, JSON },
    { "rate", required_argument, NULL, RATE },
    { "check", no_argument, NULL, CHECK },
    { "max-workers", required_argument, NULL, MAX_WORKERS },
    { "per-client", no_argument, NULL, PER_CLIENT },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

_Noreturn void usage(const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "load: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    exit(2);
}

static long number(const char *name, const char *text, long least, long most)
{
    char *end;

    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < least || n > most)
        usage("%s: '%s' is not a whole number from %ld to %ld",
              name, text, least, most);
    return n;
}

static double quantity(const char *name, const char *text, const char *unit,
                       double most)
{
    char *end;
    double n = strtod(text, &end);

    /* Written so that it is false for "nan", too. */
    if (end == text || *end || !(n > 0 && n <= most))
        usage("%s: '%s' is not a number of %s up to %.0f", name, text, unit,
              most);
    return n;
}

/* The address in full: the scheme, /echo and ?wait= where they are left out. */
static char *complete(const char *text, long wait_ms)
{
    CURLU *u = curl_url();
    char *scheme, *path, *url, query[32];
    snprintf(query, sizeof query, "wait=%ld", wait_ms);

    CURLUcode err = curl_url_set(u, CURLUPART_URL, text, CURLU_GUESS_SCHEME);
    if (err)
        usage("'%s' is not a URL: %s", text, curl_url_strerror(err));
    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    if (strcmp(scheme, "http") != 0)
        usage("'%s': only http:// can be loaded", text);
    curl_url_get(u, CURLUPART_PATH, &path, 0);
    if (strcmp(path, "/") == 0)
        curl_url_set(u, CURLUPART_PATH, "/echo", 0);
    if (wait_ms > 0)
        curl_url_set(u, CURLUPART_QUERY, query, CURLU_APPENDQUERY);
    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    err = curl_url_get(u, CURLUPART_URL, &url, 0);
    if (err)
        usage("'%s': %s", text, curl_url_strerror(err));

    curl_free(scheme);
    curl_free(path);
    curl_url_cleanup(u);
    return url;
}

/* What was left out, and what does not go together. */
static void settle(struct load_options *o, long wait_ms)
{
    if (o->at_once > 0 && o->seconds > 0)
        usage("--max-workers shares out the requests: say -n, and not -d");
    if (o->check && o->rate > 0)
        usage("--rate and --check exclude each other: libcurl would be late");
    if (o->requests == 0)
        o->requests = o->seconds > 0 ? LONG_MAX : 1000;
    if (o->timeout_ms == 0)
        o->timeout_ms = 10000 + wait_ms;
    if (o->at_once == 0 || o->at_once > o->clients)
        o->at_once = o->clients;
}

/* Take one option; `text` is its value, if it has one. */
static void take(struct load_options *o, int option, const char *text,
                 long *wait_ms)
{
    switch (option) {
    case 'c': o->clients = (int)number("-c", text, 1, 10000); break;
    case 'n': o->requests = number("-n", text, 1, 1000000000); break;
    case 'd': o->seconds = quantity("-d", text, "seconds", 86400); break;
    case 'w': *wait_ms = number("--wait", text, 0, 10000); break;
    case 'k': o->keep_alive = true; break;
    case SIZE: o->size = number("--size", text, 0, 16 << 20); break;
    case TIMEOUT: o->timeout_ms = number("--timeout", text, 1, 3600000); break;
    case JSON: o->json = text; break;
    case RATE: o->rate = quantity("--rate", text, "requests/s", 1e6); break;
    case CHECK: o->check = true; break;
    case MAX_WORKERS:
        o->at_once = (int)number("--max-workers", text, 1, 10000);
        break;
    case PER_CLIENT: o->per_client = true; break;
    case 'h':
        fputs(help, stdout);
        exit(0);
    default:                /* getopt has said what is wrong */
        usage("see load --help");
    }
}

void options_read(struct load_options *o, int argc, char **argv)
{
    long wait_ms = 0;
    int option;

    *o = (struct load_options){ .clients = 8, .size = 64 };
    while ((option = getopt_long(argc, argv, "c:n:d:w:kh", names, NULL)) != -1)
        take(o, option, optarg, &wait_ms);
    if (argc - optind != 1)
        usage("exactly one URL is needed, see load --help");
    settle(o, wait_ms);
    o->url = complete(argv[optind], wait_ms);
}
