#include "report.h"

/* A core used up to this share has nothing left for waiting: what was measured
 * is then this program. */
static const double busy = 0.90;
static const double late_ms = 1;    /* of 99 in 100 requests of an open loop */

long run_errors(const struct run *r)
{
    return r->requests - r->outcome[RIGHT];
}

static double rate(const struct run *r)
{
    return r->seconds > 0 ? (double)r->outcome[RIGHT] / r->seconds : 0;
}

static double cpu_share(const struct run *r)
{
    return r->seconds > 0 ? r->cpu / r->seconds : 0;
}

static double cpu_us(const struct run *r)
{
    return r->requests > 0 ? r->cpu * 1e6 / (double)r->requests : 0;
}

static double ms(const struct histogram *h, double percent)
{
    return (double)histogram_percentile(h, percent) / 1e6;
}

static double most_ms(const struct histogram *h)
{
    return (double)h->max / 1e6;
}

bool run_valid(const struct run *r)
{
    return ms(&r->lag, 99) <= late_ms;
}

bool run_client_bound(const struct run *r)
{
    return r->outcome[RIGHT] > 0 && cpu_share(r) >= busy;
}

static void errors_text(const struct run *r, FILE *out)
{
    const char *before = ": ";

    fprintf(out, "errors     %ld", run_errors(r));
    for (int i = RIGHT + 1; i < OUTCOMES; i++)
        if (r->outcome[i] > 0) {
            fprintf(out, "%s%ld %s", before, r->outcome[i], outcome_name(i));
            before = ", ";
        }
    if (r->outcome[OTHER] > 0)
        fprintf(out, " (%s)", r->words);
    fprintf(out, "\n");
}

static void times_text(const struct run *r, FILE *out)
{
    const struct histogram *h = &r->latency;

    if (h->total > 0)
        fprintf(out, "latency    p50 %.2f   p90 %.2f   p99 %.2f   p99.9 %.2f   "
                "max %.2f ms\n", ms(h, 50), ms(h, 90), ms(h, 99), ms(h, 99.9),
                most_ms(h));
    if (r->asked_rate <= 0)
        return;
    h = &r->lag;
    fprintf(out, "sent late  p50 %.2f   p99 %.2f   max %.2f ms\n", ms(h, 50),
            ms(h, 99), most_ms(h));
    if (!run_valid(r))
        fprintf(out, "           This run says nothing: the client itself was "
                "late, by more than %.0f ms.\n", late_ms);
}

void report_text(const struct run *r, FILE *out)
{
    fprintf(out, "requests   %ld   (%d clients", r->requests, r->clients);
    if (r->at_once < r->clients)
        fprintf(out, ", %d at a time", r->at_once);
    fprintf(out, ", bodies of %zu bytes, %s)\n", r->target.size,
            r->target.keep_alive ? "keep-alive" : "a connection each");
    errors_text(r, out);
    fprintf(out, "seconds    %.3f\n", r->seconds);
    fprintf(out, "rate       %.0f requests/s", rate(r));
    if (r->asked_rate > 0)
        fprintf(out, " of the %g that were due", r->asked_rate);
    fprintf(out, "\n");
    times_text(r, out);
    fprintf(out, "client     %.1f us of CPU a request, %.0f %% of one core\n",
            cpu_us(r), 100 * cpu_share(r));
    if (run_client_bound(r))
        fprintf(out, "           The client was the bottleneck: the server may "
                "be faster than this.\n");
}

static double seconds_of(const struct tally *t)
{
    return (double)(t->ended - t->began) / 1e9;
}

static void line(FILE *out, const char *who, const struct run *r, long requests,
                 long right, double seconds)
{
    fprintf(out, "%6s %10ld %9.1f %% %14.0f %10.3f %12.1f\n", who, requests,
            requests > 0 ? 100.0 * (double)right / (double)requests : 0,
            (double)right * (double)r->target.size, seconds,
            seconds > 0 ? (double)right / seconds : 0);
}

void report_clients(const struct run *r, FILE *out)
{
    char who[16];

    fprintf(out, "%6s %10s %11s %14s %10s %12s\n", "client", "requests",
            "right", "bytes back", "seconds", "requests/s");
    for (int i = 0; i < r->clients; i++) {
        const struct tally *t = &r->tally[i];
        snprintf(who, sizeof who, "%d", i + 1);
        line(out, who, r, t->requests, t->right, seconds_of(t));
    }
    line(out, "all", r, r->requests, r->outcome[RIGHT], r->seconds);
    fprintf(out, "\n");
}

/* A JSON string. The URL is libcurl's, which has no byte below a space in it;
 * its error messages might. */
static void string_json(const char *s, FILE *out)
{
    fputc('"', out);
    for (; *s; s++)
        if (*s == '"' || *s == '\\')
            fprintf(out, "\\%c", *s);
        else if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
            fprintf(out, "\\u%04x", (unsigned char)*s);
        else
            fputc(*s, out);
    fputc('"', out);
}

static void errors_json(const struct run *r, FILE *out)
{
    const char *before = "";

    fprintf(out, "  \"errors\": {");
    for (int i = RIGHT + 1; i < OUTCOMES; i++)
        if (r->outcome[i] > 0) {
            fprintf(out, "%s\"%s\": %ld", before, outcome_name(i),
                    r->outcome[i]);
            before = ", ";
        }
    fprintf(out, "},\n  \"words\": ");
    string_json(r->words, out);
}

static void groups_json(const struct histogram *h, FILE *out)
{
    const char *before = "";
    long long most;

    fprintf(out, "  \"latencies\": [");
    for (int i = 0; i < HISTOGRAM_GROUPS; i++) {
        long n = histogram_group(h, i, &most);
        if (n == 0)
            continue;
        fprintf(out, "%s[%.4f, %ld]", before, (double)most / 1e6, n);
        before = ", ";
    }
    fprintf(out, "],\n");
}

static void times_json(const struct run *r, FILE *out)
{
    const struct histogram *h = &r->latency;

    fprintf(out, "  \"latency_ms\": {\"p50\": %.4f, \"p90\": %.4f, "
            "\"p99\": %.4f, \"p99.9\": %.4f, \"max\": %.4f},\n", ms(h, 50),
            ms(h, 90), ms(h, 99), ms(h, 99.9), most_ms(h));
    groups_json(h, out);
    if (r->asked_rate <= 0)
        return;
    h = &r->lag;
    fprintf(out, "  \"asked_rate\": %.3f,\n  \"valid\": %s,\n"
            "  \"late_ms\": {\"p50\": %.4f, \"p99\": %.4f, "
            "\"max\": %.4f},\n", r->asked_rate,
            run_valid(r) ? "true" : "false", ms(h, 50), ms(h, 99), most_ms(h));
}

static void clients_json(const struct run *r, FILE *out)
{
    fprintf(out, "  \"per_client\": [");
    for (int i = 0; i < r->clients; i++) {
        const struct tally *t = &r->tally[i];
        fprintf(out, "%s\n    {\"requests\": %ld, \"right\": %ld, "
                "\"seconds\": %.6f}", i ? "," : "", t->requests, t->right,
                seconds_of(t));
    }
    fprintf(out, "],\n");
}

void report_json(const struct run *r, bool per_client, FILE *out)
{
    fprintf(out, "{\n  \"url\": ");
    string_json(r->target.url, out);
    fprintf(out, ",\n  \"clients\": %d,\n  \"at_once\": %d,\n"
            "  \"size\": %zu,\n  \"keep_alive\": %s,\n  \"checked\": %s,\n"
            "  \"requests\": %ld,\n  \"right\": %ld,\n",
            r->clients, r->at_once, r->target.size,
            r->target.keep_alive ? "true" : "false",
            r->checked ? "true" : "false", r->requests, r->outcome[RIGHT]);
    errors_json(r, out);
    fprintf(out, ",\n  \"seconds\": %.6f,\n  \"rate\": %.3f,\n",
            r->seconds, rate(r));
    times_json(r, out);
    if (per_client)
        clients_json(r, out);
    fprintf(out, "  \"client\": {\"cpu_us\": %.3f, \"share\": %.4f, "
            "\"bottleneck\": %s}\n}\n",
            cpu_us(r), cpu_share(r), run_client_bound(r) ? "true" : "false");
}
