"""The load tool's reader of replies: the same verdict however they come."""

import subprocess
from pathlib import Path

from grader.bench.servers import ROOT
from grader.pace.tool import compile_c

PROGRAM = r"""
#include "reply.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char sent[] = "0123456789";
static const char *const text[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\ncontent-length:10\n\n0123456789",
    "HTTP/1.0 200 OK\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456780",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789",
    "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "0123456789", "HTTP/1.",
    "HTTP/1.1 200 OK\r\nContent-Length: 10 \r\nContent-Length: 10\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 10\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: 10abc\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: +10\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n0123456789",
    "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
};

static enum outcome read_in_two(const char *bytes, size_t n, size_t first)
{
    struct reply r;

    reply_begin(&r, sent, sizeof sent - 1);
    if (!reply_take(&r, bytes, first) && !reply_take(&r, bytes + first, n - first))
        reply_closed(&r, 0);
    return r.outcome;
}

static void fuzz(void)
{
    char bytes[200];
    struct reply r;

    srand(1);
    for (int i = 0; i < 200000; i++) {
        const char *from = text[rand() % (int)(sizeof text / sizeof *text)];
        size_t n = strlen(from);
        memcpy(bytes, from, n);
        for (int k = rand() % 4; k > 0; k--)
            bytes[(size_t)rand() % n] = (char)rand();
        reply_begin(&r, sent, sizeof sent - 1);
        size_t at = 0;
        while (at < n && !reply_take(&r, bytes + at, 1))
            at++;
        if (at == n)
            reply_closed(&r, 0);
        if (read_in_two(bytes, n, (size_t)rand() % n) != r.outcome)
            printf("differs: %.*s\n", (int)n, bytes);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        size_t n = strlen(text[i]);
        enum outcome whole = read_in_two(text[i], n, n);
        puts(outcome_name(whole));
        for (size_t first = 0; first < n; first++)
            if (read_in_two(text[i], n, first) != whole)
                printf("differs at %zu\n", first);
    }
    fuzz();
    return 0;
}
"""
EXPECTED = ["right", "right", "right", "short", "wrong body", "wrong body", "not HTTP", "not HTTP",
            "wrong status", "other", "not HTTP", "not HTTP", "not HTTP", "short",
            "right", "not HTTP", "not HTTP", "not HTTP", "not HTTP", "right"]


def test_a_reply_in_two_pieces_is_the_reply_in_one(tmp_path: Path) -> None:
    source = tmp_path / "unit.c"
    source.write_text(PROGRAM)
    directory = ROOT / "lab/load"
    binary = compile_c([source, *(directory / f"{name}.c" for name in ("reply", "field", "outcome"))],
                       tmp_path / "unit", f"-I{directory}", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    done = subprocess.run([str(binary)], capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout.splitlines() == EXPECTED
    assert (done.returncode, done.stderr) == (0, "")
