#include "report.h"

/* A core used up to this share has nothing left for waiting: what was measured
 * is then this program. */
static const double busy = 0.90;

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

static double latency_ms(const struct run *r, double percent)
{
    return (double)histogram_percentile(&r->latency, percent) / 1e6;
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

void report_text(const struct run *r, FILE *out)
{
    fprintf(out, "requests   %ld   (%d clients, bodies of %zu bytes, %s)\n",
            r->requests, r->clients, r->size,
            r->keep_alive ? "keep-alive" : "a connection each");
    errors_text(r, out);
    fprintf(out, "seconds    %.3f\n", r->seconds);
    fprintf(out, "rate       %.0f requests/s\n", rate(r));
    if (r->latency.total > 0)
        fprintf(out,
                "latency    p50 %.2f   p90 %.2f   p99 %.2f   max %.2f ms\n",
                latency_ms(r, 50), latency_ms(r, 90), latency_ms(r, 99),
                (double)r->latency.max / 1e6);
    fprintf(out, "client     %.1f us of CPU a request, %.0f %% of one core\n",
            cpu_us(r), 100 * cpu_share(r));
    if (run_client_bound(r))
        fprintf(out, "           The client was the bottleneck: the server may "
                "be faster than this.\n");
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

void report_json(const struct run *r, FILE *out)
{
    fprintf(out, "{\n  \"url\": ");
    string_json(r->url, out);
    fprintf(out, ",\n  \"clients\": %d,\n  \"size\": %zu,\n"
            "  \"keep_alive\": %s,\n  \"requests\": %ld,\n  \"right\": %ld,\n",
            r->clients, r->size, r->keep_alive ? "true" : "false",
            r->requests, r->outcome[RIGHT]);
    errors_json(r, out);
    fprintf(out, ",\n  \"seconds\": %.6f,\n  \"rate\": %.3f,\n",
            r->seconds, rate(r));
    fprintf(out, "  \"latency_ms\": {\"p50\": %.4f, \"p90\": %.4f, "
            "\"p99\": %.4f, \"max\": %.4f},\n",
            latency_ms(r, 50), latency_ms(r, 90), latency_ms(r, 99),
            (double)r->latency.max / 1e6);
    fprintf(out, "  \"client\": {\"cpu_us\": %.3f, \"share\": %.4f, "
            "\"bottleneck\": %s}\n}\n",
            cpu_us(r), cpu_share(r), run_client_bound(r) ? "true" : "false");
}
