/* load.c - many clients in one thread, to see what a server can do.
 *
 * A closed loop: a client asks again when it has its answer, so a slow server
 * is asked less often. That measures throughput honestly. It flatters latency:
 * the requests that a stalled server never got are missing from the histogram.
 *
 * All clients live in one thread. libcurl's multi handle waits for all sockets
 * at once (curl_multi_poll) and tells which requests have ended.
 */
#include "client.h"
#include "options.h"
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct load {
    CURLM *multi;
    const struct load_options *options;
    struct client *client;
    long begun;
    long long stop_at;      /* begin nothing after this */
    struct run *run;
};

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

/* Let c make its next request, if there is still one to make. */
static void begin(struct load *l, struct client *c)
{
    if (l->begun == l->options->requests || client_clock() >= l->stop_at)
        return;
    client_begin(c, l->begun++);
    curl_multi_add_handle(l->multi, c->easy);
}

static void end(struct load *l, CURL *easy, CURLcode code)
{
    struct client *c;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);

    long long ns = client_clock() - c->started;
    enum outcome outcome = client_end(c, code);
    l->run->requests++;
    l->run->outcome[outcome]++;
    if (outcome == RIGHT)
        histogram_add(&l->run->latency, ns);
    if (outcome == OTHER && l->run->outcome[OTHER] == 1)
        strcpy(l->run->words, c->words);    /* both are CURL_ERROR_SIZE */

    curl_multi_remove_handle(l->multi, easy);
    begin(l, c);
}

static void run_all(struct load *l)
{
    for (int i = 0; i < l->options->clients; i++)
        begin(l, &l->client[i]);

    while (l->run->requests < l->begun) {
        int running, left;
        curl_multi_perform(l->multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(l->multi, &left)); )
            end(l, m->easy_handle, m->data.result);
        /* Comes back at once when a begun request has a first step to do. */
        if (l->run->requests < l->begun)
            curl_multi_poll(l->multi, NULL, 0, 1000, NULL);
    }
}

static void measure(struct load *l)
{
    long long began = client_clock();
    double cpu = cpu_seconds();

    l->stop_at = l->options->seconds > 0
               ? began + (long long)(l->options->seconds * 1e9)
               : LLONG_MAX;
    run_all(l);
    l->run->seconds = (double)(client_clock() - began) / 1e9;
    l->run->cpu = cpu_seconds() - cpu;
}

static struct curl_slist *headers(bool keep_alive)
{
    /* Without this libcurl asks before it sends a large body. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    list = curl_slist_append(list, "Content-Type: application/octet-stream");
    return keep_alive ? list : curl_slist_append(list, "Connection: close");
}

static void open_clients(struct load *l, const struct target *target)
{
    int n = l->options->clients;

    l->multi = curl_multi_init();
    l->client = calloc((size_t)n, sizeof *l->client);
    if (!l->multi || !l->client)
        usage("no memory for %d clients", n);
    curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)n);
    curl_multi_setopt(l->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)n);
    for (int i = 0; i < n; i++)
        if (client_open(&l->client[i], i, target) == -1)
            usage("no memory for client %d of %d", i + 1, n);
}

static void close_clients(struct load *l)
{
    for (int i = 0; i < l->options->clients; i++)
        client_close(&l->client[i]);
    free(l->client);
    curl_multi_cleanup(l->multi);
}

/* Open the file before the run: a wrong name should not cost a minute. */
static FILE *open_json(const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!f)
        usage("--json: cannot write %s: %s", path, strerror(errno));
    return f;
}

static void report(const struct run *r, FILE *json)
{
    report_text(r, json == stdout ? stderr : stdout);
    if (!json)
        return;
    report_json(r, json);
    if (fclose(json) == EOF)
        usage("--json: could not write it all: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    struct load_options options;
    static struct run run;      /* 30 KiB of histogram */

    curl_global_init(CURL_GLOBAL_DEFAULT);
    options_read(&options, argc, argv);
    FILE *json = options.json ? open_json(options.json) : NULL;
    allow_descriptors(options.clients);
    run = (struct run){
        .url = options.url, .clients = options.clients,
        .size = (size_t)options.size, .keep_alive = options.keep_alive,
    };
    struct target target = {
        .url = options.url, .size = (size_t)options.size,
        .timeout_ms = options.timeout_ms, .keep_alive = options.keep_alive,
        .headers = headers(options.keep_alive),
    };

    struct load load = { .options = &options, .run = &run };
    open_clients(&load, &target);
    measure(&load);
    report(&run, json);

    close_clients(&load);
    curl_slist_free_all(target.headers);
    curl_free(options.url);
    curl_global_cleanup();
    return run_errors(&run) > 0;
}
