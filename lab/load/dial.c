#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int failed(struct dial *d, int error)
{
    snprintf(d->words, sizeof d->words, "%s", strerror(error));
    return (int)outcome_of_errno(error);
}

/* An address needs no search. */
static void read_address(struct dial *d)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    char *host = NULL, *port = NULL;
    CURLU *u = curl_url();

    curl_url_set(u, CURLUPART_URL, d->target->url, 0);
    curl_url_get(u, CURLUPART_HOST, &host, 0);
    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (host && port && inet_pton(AF_INET, host, &in.sin_addr) == 1) {
        in.sin_port = htons((uint16_t)atoi(port));
        memcpy(&d->address, &in, sizeof in);
        d->size = sizeof in;
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
}

int dial_begin(struct dial *d, const struct target *target)
{
    *d = (struct dial){ .target = target, .found = -1 };
    read_address(d);
    if (d->size > 0)
        return 0;
    d->multi = curl_multi_init();
    return d->multi ? 0 : (errno = ENOMEM, -1);
}

static int begin_search(struct dial *d)
{
    d->easy = curl_easy_init();
    if (!d->easy)
        return failed(d, ENOMEM);
    curl_easy_setopt(d->easy, CURLOPT_URL, d->target->url);
    curl_easy_setopt(d->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(d->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     d->target->timeout_ms);
    curl_easy_setopt(d->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d->easy, CURLOPT_PROXY, ""); /* whatever http_proxy says */
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A resolver that hangs shall not keep us at the end. */
    curl_easy_setopt(d->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_multi_add_handle(d->multi, d->easy);
    return GOES_ON;
}

static void end_search(struct dial *d)
{
    if (d->easy)
        curl_multi_remove_handle(d->multi, d->easy);
    curl_easy_cleanup(d->easy);
    d->easy = NULL;
}

int dial_open(struct dial *d, int *why)
{
    int fd = d->found;

    d->found = -1;
    if (fd != -1)
        return fd;
    if (d->size == 0) {
        *why = d->easy ? GOES_ON : begin_search(d);
        return -1;
    }
    fd = socket(d->address.sin6_family,
                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd != -1 &&
        (connect(fd, (struct sockaddr *)&d->address, d->size) == 0 ||
         errno == EINPROGRESS))
        return fd;
    *why = failed(d, errno);
    if (fd != -1)
        close(fd);
    return -1;
}

bool dial_is_searching(const struct dial *d)
{
    return d->easy != NULL;
}

/* libcurl closes its socket with the handle. What we keep is a second
 * descriptor of it. */
static int take_socket(struct dial *d)
{
    curl_socket_t theirs = CURL_SOCKET_BAD;
    socklen_t size = sizeof d->address;

    curl_easy_getinfo(d->easy, CURLINFO_ACTIVESOCKET, &theirs);
    if (getpeername(theirs, (struct sockaddr *)&d->address, &size) == -1)
        return RESET;           /* in the meantime */
    d->found = dup(theirs);
    if (d->found == -1)
        return failed(d, errno);
    d->size = size;
    return RIGHT;
}

static int not_found(struct dial *d, CURLcode code)
{
    long error = 0;

    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return UNRESOLVABLE;
    curl_easy_getinfo(d->easy, CURLINFO_OS_ERRNO, &error);
    int outcome = failed(d, (int)error);
    if (error == 0)
        snprintf(d->words, sizeof d->words, "%s", curl_easy_strerror(code));
    return outcome;
}

int dial_search(struct dial *d, int ms)
{
    int running, left;

    curl_multi_perform(d->multi, &running);
    CURLMsg *m = curl_multi_info_read(d->multi, &left);
    if (!m) {
        curl_multi_poll(d->multi, NULL, 0, ms, NULL);
        return GOES_ON;
    }

    CURLcode code = m->data.result;
    int outcome = code == CURLE_OK ? take_socket(d) : not_found(d, code);
    end_search(d);
    /* Each who waits has a time of its own, which it began later. */
    if (code == CURLE_OPERATION_TIMEDOUT)
        outcome = begin_search(d);
    return outcome;
}

void dial_end(struct dial *d)
{
    end_search(d);
    curl_multi_cleanup(d->multi);
    if (d->found != -1)
        close(d->found);
}
