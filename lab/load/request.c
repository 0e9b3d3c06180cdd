#include "request.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A part of the URL, with what stands before it; "" where there is none. */
static char *part(CURLU *u, CURLUPart what, const char *before)
{
    char *found = NULL, *text = NULL;

    curl_url_get(u, what, &found, 0);
    if (asprintf(&text, "%s%s", found ? before : "", found ? found : "") == -1)
        text = NULL;
    curl_free(found);
    return text;
}

static char *head(const struct target *t)
{
    CURLU *u = curl_url();
    char *host, *port, *path, *query, *text = NULL;

    curl_url_set(u, CURLUPART_URL, t->url, 0);
    host = part(u, CURLUPART_HOST, "");
    port = part(u, CURLUPART_PORT, ":");
    path = part(u, CURLUPART_PATH, "");
    query = part(u, CURLUPART_QUERY, "?");
    if (!host || !port || !path || !query ||
        asprintf(&text, "POST %s%s HTTP/1.1\r\nHost: %s%s\r\n"
                 "Content-Type: application/octet-stream\r\n"
                 "Content-Length: %zu\r\n%s\r\n", path, query, host, port,
                 t->size, t->keep_alive ? "" : "Connection: close\r\n") == -1)
        text = NULL;
    free(host);
    free(port);
    free(path);
    free(query);
    curl_url_cleanup(u);
    return text;
}

int request_open(struct request *q, const struct target *target)
{
    char *text = head(target);
    void *bytes;

    *q = (struct request){ .client = -1 };
    if (!text)
        return errno = ENOMEM, -1;
    q->head = strlen(text);
    q->size = q->head + target->size;
    bytes = realloc(text, q->size);
    if (!bytes) {
        free(text);
        return -1;
    }
    q->bytes = bytes;
    return 0;
}

void request_set(struct request *q, int client, long number)
{
    if (client != q->client)
        run_fill(q->bytes + q->head, q->size - q->head, client);
    q->client = client;
    run_stamp(q->bytes + q->head, q->size - q->head, number);
}

void request_close(struct request *q)
{
    free(q->bytes);
}
