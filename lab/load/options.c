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
    "            [--size BYTES] [--timeout MS] [--json FILE]\n"
    "\n"
    "Each of CLIENTS (8) posts a body of BYTES (64) to URL, waits for the\n"
    "reply, checks every byte of it, and asks again, until REQUESTS (1000, or\n"
    "no limit with -d) are done or SECONDS are over.\n"
    "\n"
    "  URL               http://127.0.0.1:8080/echo, or 127.0.0.1:8080\n"
    "  -w, --wait MS     ask the server to wait so long: /echo?wait=MS\n"
    "  -k, --keep-alive  many requests on a connection; else each has its own\n"
    "  --timeout MS      give up on a request after so long (10000 + wait)\n"
    "  --json FILE       write the numbers there too (- is stdout, and then the\n"
    "                    text goes to stderr)\n"
    "\n"
    "Exit status: 0 every reply was right, 1 some were not, 2 usage.\n";

enum { SIZE = 256, TIMEOUT, JSON };

static const struct option names[] = {
    { "clients", required_argument, NULL, 'c' },
    { "requests", required_argument, NULL, 'n' },
    { "seconds", required_argument, NULL, 'd' },
    { "wait", required_argument, NULL, 'w' },
    { "size", required_argument, NULL, SIZE },
    { "keep-alive", no_argument, NULL, 'k' },
    { "timeout", required_argument, NULL, TIMEOUT },
    { "json", required_argument, NULL, JSON },
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

static double seconds(const char *text)
{
    char *end;
    double n = strtod(text, &end);

    /* Written so that it is false for "nan", too. */
    if (end == text || *end || !(n > 0 && n <= 86400))
        usage("-d: '%s' is not a number of seconds up to 86400", text);
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

void options_read(struct load_options *o, int argc, char **argv)
{
    long wait_ms = 0;
    int option;

    *o = (struct load_options){ .clients = 8, .size = 64 };
    while ((option = getopt_long(argc, argv, "c:n:d:w:kh", names, NULL)) != -1)
        switch (option) {
        case 'c':
            o->clients = (int)number("-c", optarg, 1, 10000);
            break;
        case 'n':
            o->requests = number("-n", optarg, 1, 1000000000);
            break;
        case 'd':
            o->seconds = seconds(optarg);
            break;
        case 'w':
            wait_ms = number("--wait", optarg, 0, 10000);
            break;
        case SIZE:
            o->size = number("--size", optarg, 0, 16 << 20);
            break;
        case 'k':
            o->keep_alive = true;
            break;
        case TIMEOUT:
            o->timeout_ms = number("--timeout", optarg, 1, 3600000);
            break;
        case JSON:
            o->json = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            exit(0);
        default:            /* getopt has said what is wrong */
            usage("see load --help");
        }
    if (argc - optind != 1)
        usage("exactly one URL is needed, see load --help");

    o->url = complete(argv[optind], wait_ms);
    if (o->requests == 0)
        o->requests = o->seconds > 0 ? LONG_MAX : 1000;
    if (o->timeout_ms == 0)
        o->timeout_ms = 10000 + wait_ms;
}
