#include "dial.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int failed(struct dial *d, int error, enum outcome *why)
{
    *why = outcome_of_errno(error);
    snprintf(d->words, sizeof d->words, "%s", strerror(error));
    return -1;
}

static int not_opened(struct dial *d, CURL *easy, CURLcode code,
                      enum outcome *why)
{
    long error = 0;

    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return *why = UNRESOLVABLE, -1;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return *why = TIMED_OUT, -1;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    failed(d, (int)error, why);
    if (error == 0)
        snprintf(d->words, sizeof d->words, "%s", curl_easy_strerror(code));
    return -1;
}

/* libcurl closes its socket with the handle. What we keep is a second
 * descriptor of it. */
static int take_socket(struct dial *d, CURL *easy, enum outcome *why)
{
    curl_socket_t theirs = CURL_SOCKET_BAD;
    socklen_t size = sizeof d->address;
    int fd;

    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &theirs);
    fd = dup(theirs);
    if (fd == -1)
        return failed(d, errno, why);
    if (getpeername(fd, (struct sockaddr *)&d->address, &size) == 0)
        d->size = size;         /* else the next one is libcurl's as well */
    return fd;
}

static int by_libcurl(struct dial *d, enum outcome *why)
{
    CURL *easy = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    int fd;

    if (!easy)
        return not_opened(d, easy, code, why);
    curl_easy_setopt(easy, CURLOPT_URL, d->target->url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, d->target->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  /* whatever http_proxy says */
    code = curl_easy_perform(easy);
    fd = code == CURLE_OK ? take_socket(d, easy, why)
                          : not_opened(d, easy, code, why);
    curl_easy_cleanup(easy);
    return fd;
}

int dial_open(struct dial *d, enum outcome *why)
{
    if (d->size == 0)
        return by_libcurl(d, why);

    int fd = socket(d->address.sin6_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return failed(d, errno, why);
    if (connect(fd, (struct sockaddr *)&d->address, d->size) == 0 ||
        errno == EINPROGRESS)
        return fd;
    failed(d, errno, why);
    close(fd);
    return -1;
}
