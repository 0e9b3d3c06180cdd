/*
 * What the parser must make of which bytes. A case is a head and the bytes
 * that follow it, with what http_parse must say of every length in between:
 *
 *     good  -2 for less than the head, the head's size from there on
 *     bad   -2 up to the whole of `head`, -1 from the first byte after it on
 *
 * So each bad case also says how early it must be refused. A good one lists
 * the parsed fields in the words of driver.c; a bad one has NULL there.
 */
#ifndef HTTP_CASES_H
#define HTTP_CASES_H

#include <stddef.h>

struct http_case {
    const char *name, *head;
    size_t head_n;
    const char *rest;
    size_t rest_n;
    const char *result;
};

#define GOOD(name, head, rest, result) \
    { name, head, sizeof head - 1, rest, sizeof rest - 1, result }
#define BAD(name, head, rest) GOOD(name, head, rest, NULL)

#define POST "POST / HTTP/1.1\r\n"
#define END "\r\n"
#define LENGTH "Content-Length: "

static const struct http_case cases[] = {
    /* 3: the request line */
    GOOD("least", "GET / HTTP/1.1\r\n" END, "", "GET / 1.1 keep"),
    GOOD("version 1.0", "GET / HTTP/1.0\r\n" END, "", "GET / 1.0"),
    GOOD("path", "GET /a/b.c;d=e/ HTTP/1.1\r\n" END, "",
         "GET /a/b.c;d=e/ 1.1 keep"),
    GOOD("query", "POST /echo?wait=50 HTTP/1.1\r\n" END, "",
         "POST /echo ?wait=50 1.1 keep"),
    GOOD("empty query", "GET /? HTTP/1.1\r\n" END, "", "GET / 1.1 keep"),
    GOOD("question mark in a query", "GET /?a?b/c HTTP/1.1\r\n" END, "",
         "GET / ?a?b/c 1.1 keep"),
    GOOD("escapes stay", "GET /%41%00?%zz HTTP/1.1\r\n" END, "",
         "GET /%41%00 ?%zz 1.1 keep"),
    GOOD("browser's characters", "GET /?{a|b}[c]^~` HTTP/1.1\r\n" END, "",
         "GET / ?{a|b}[c]^~` 1.1 keep"),
    GOOD("two slashes", "GET // HTTP/1.1\r\n" END, "", "GET // 1.1 keep"),
    GOOD("method of all token characters",
         "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" END, "",
         "!#$%&'*+-.^_`|~09azAZ / 1.1 keep"),
    GOOD("method in small letters", "get / HTTP/1.1\r\n" END, "",
         "get / 1.1 keep"),
    GOOD("line before the request", "\r\nGET / HTTP/1.1\r\n" END, "",
         "GET / 1.1 keep"),
    GOOD("next request behind", "GET / HTTP/1.1\r\n" END, "GET /b HTTP/1.1",
         "GET / 1.1 keep"),
    GOOD("any bytes behind", "GET / HTTP/1.1\r\n" END, "\0\r\n\n\377\r",
         "GET / 1.1 keep"),

    BAD("zero byte first", "", "\0GET / HTTP/1.1\r\n"),
    BAD("zero byte after the method", "GET", "\0"),
    BAD("blank first", "", " GET / HTTP/1.1\r\n"),
    BAD("two lines before the request", "\r\n", "\r\nGET / HTTP/1.1\r\n"),
    BAD("bare CR first", "\r", "GET / HTTP/1.1\r\n"),
    BAD("bare LF first", "", "\nGET / HTTP/1.1\r\n"),
    BAD("TLS hello", "", "\26\3\1\2\0\1\0\1\374\3\3"),
    BAD("colon in the method", "GET", ": / HTTP/1.1\r\n"),
    BAD("brace in the method", "GET", "{ / HTTP/1.1\r\n"),
    BAD("byte over 127 in the method", "G", "\303\211T / HTTP/1.1\r\n"),
    BAD("method alone", "GET", "\r\n\r\n"),
    BAD("tab after the method", "GET", "\t/ HTTP/1.1\r\n"),
    BAD("two blanks after the method", "GET ", " / HTTP/1.1\r\n"),
    BAD("path without slash", "GET ", "index.html HTTP/1.1\r\n"),
    BAD("asterisk", "OPTIONS ", "* HTTP/1.1\r\n"),
    BAD("absolute target", "GET ", "http://host/ HTTP/1.1\r\n"),
    BAD("authority target", "CONNECT ", "host:80 HTTP/1.1\r\n"),
    BAD("no path", "GET ", "HTTP/1.1\r\n"),
    BAD("query without path", "GET ", "?a HTTP/1.1\r\n"),
    BAD("fragment", "GET /", "#a HTTP/1.1\r\n"),
    BAD("fragment after a query", "GET /?a", "#b HTTP/1.1\r\n"),
    BAD("zero byte in the path", "GET /a", "\0b HTTP/1.1\r\n"),
    BAD("control byte in the path", "GET /a", "\1b HTTP/1.1\r\n"),
    BAD("DEL in the path", "GET /a", "\177b HTTP/1.1\r\n"),
    BAD("byte over 127 in the path", "GET /", "\303\251 HTTP/1.1\r\n"),
    BAD("tab in the path", "GET /a", "\t HTTP/1.1\r\n"),
    BAD("zero byte in the query", "GET /?a", "\0 HTTP/1.1\r\n"),
    BAD("HTTP/0.9", "GET /", "\r\n"),
    BAD("two blanks before the version", "GET / ", " HTTP/1.1\r\n"),
    BAD("blank in the path", "GET /a ", "b HTTP/1.1\r\n"),
    BAD("version in small letters", "GET / ", "http/1.1\r\n"),
    BAD("HTTP/2.0", "GET / HTTP/", "2.0\r\n"),
    BAD("HTTP/1.2", "GET / HTTP/1.", "2\r\n"),
    BAD("HTTP/1.10", "GET / HTTP/1.1", "0\r\n"),
    BAD("HTTP/01.1", "GET / HTTP/", "01.1\r\n"),
    BAD("HTTP/1,1", "GET / HTTP/1", ",1\r\n"),
    BAD("version without minor", "GET / HTTP/1.", "\r\n"),
    BAD("other protocol", "GET / ", "ICY/1.1\r\n"),
    BAD("blank after the version", "GET / HTTP/1.1", " \r\n"),
    BAD("request line ends in LF", "GET / HTTP/1.1", "\nHost: a\r\n\r\n"),
    BAD("request line ends in CR", "GET / HTTP/1.1\r", "Host: a\r\n\r\n"),

    /* 5: fields */
    GOOD("field", POST "Host: a\r\n" END, "", "POST / 1.1 keep"),
    GOOD("no blank after the colon", POST "A:b\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("blanks around the value", POST LENGTH " \t 5 \t\r\n" END, "hello",
         "POST / 1.1 length=5 keep"),
    GOOD("empty value", POST "A:\r\n" END, "", "POST / 1.1 keep"),
    GOOD("blank value", POST "A: \t \r\n" END, "", "POST / 1.1 keep"),
    GOOD("value of odd bytes", POST "A: \":\t\200\377;,\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("name of all token characters",
         POST "!#$%&'*+-.^_`|~09azAZ: b\r\n" END, "", "POST / 1.1 keep"),
    GOOD("unknown field twice", POST "A: b\r\nA: c\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("longer name", POST "Content-Lengths: x\r\nHosts: a\r\nHosts: b\r\n"
         END, "", "POST / 1.1 keep"),
    GOOD("shorter name", POST "Content-Lengt: x\r\n" END, "",
         "POST / 1.1 keep"),

    BAD("folded line", POST "A: b\r\n", " c\r\n\r\n"),
    BAD("line folded by a tab", POST "A: b\r\n", "\tc\r\n\r\n"),
    BAD("blank before the first field", POST, " A: b\r\n\r\n"),
    BAD("blank before the colon", POST "A", " : b\r\n\r\n"),
    BAD("tab before the colon", POST "A", "\t: b\r\n\r\n"),
    BAD("no name", POST, ": b\r\n\r\n"),
    BAD("no colon", POST "A", "\r\n\r\n"),
    BAD("blank in a name", POST "A", " b: c\r\n\r\n"),
    BAD("bracket in a name", POST "A", "(b): c\r\n\r\n"),
    BAD("byte over 127 in a name", POST "A", "\351: c\r\n\r\n"),
    BAD("zero byte in a name", POST "A", "\0: c\r\n\r\n"),
    BAD("zero byte in a value", POST "A: b", "\0c\r\n\r\n"),
    BAD("control byte in a value", POST "A: b", "\33[1m\r\n\r\n"),
    BAD("DEL in a value", POST "A: b", "\177\r\n\r\n"),
    BAD("field ends in LF", POST "A: b", "\nC: d\r\n\r\n"),
    BAD("CR in a value", POST "A: b\r", "C: d\r\n\r\n"),
    BAD("two CRs", POST "A: b\r", "\r\n\r\n"),
    BAD("head ends in LF", POST "A: b\r\n", "\n"),
    BAD("head ends in CR", POST "A: b\r\n\r", "x"),
    BAD("Host twice", POST "Host: a\r\nHost: a", "\r\n\r\n"),

    /* 6.3: Content-Length */
    GOOD("length", POST LENGTH "11\r\n" END, "hello world",
         "POST / 1.1 length=11 keep"),
    GOOD("length of nothing", POST LENGTH "0\r\n" END, "",
         "POST / 1.1 length=0 keep"),
    GOOD("length with zeros", POST LENGTH "0000000000000000000000005\r\n" END,
         "", "POST / 1.1 length=5 keep"),
    GOOD("name in other letters", POST "cONTENT-lENGTH: 5\r\n" END, "",
         "POST / 1.1 length=5 keep"),
    GOOD("largest length", POST LENGTH "1048576\r\n" END, "",
         "POST / 1.1 length=1048576 keep"),
    GOOD("length one too large", POST LENGTH "1048577\r\n" END, "",
         "POST / 1.1 length=1048577 keep"),
    GOOD("length of 2^32 + 5", POST LENGTH "4294967301\r\n" END, "",
         "POST / 1.1 length=1048577 keep"),
    GOOD("length of 2^64 + 5", POST LENGTH "18446744073709551621\r\n" END, "",
         "POST / 1.1 length=1048577 keep"),
    GOOD("length of 40 digits",
         POST LENGTH "1000000000000000000000000000000000000005\r\n" END, "",
         "POST / 1.1 length=1048577 keep"),
    GOOD("same length twice", POST LENGTH "5\r\n" LENGTH "5\r\n" END, "",
         "POST / 1.1 length=5 keep"),
    GOOD("same length, written otherwise",
         POST LENGTH "5\r\n" LENGTH "05\r\n" END, "",
         "POST / 1.1 length=5 keep"),
    GOOD("zero twice", POST LENGTH "0\r\n" LENGTH "00\r\n" END, "",
         "POST / 1.1 length=0 keep"),

    BAD("other length", POST LENGTH "5\r\n" LENGTH "6", "\r\n\r\n"),
    BAD("other length of one more digit", POST LENGTH "5\r\n" LENGTH "50",
        "\r\n\r\n"),
    BAD("other length of one digit less", POST LENGTH "50\r\n" LENGTH "5",
        "\r\n\r\n"),
    BAD("other length after a third", POST LENGTH "5\r\n" LENGTH "5\r\n"
        LENGTH "4", "\r\n\r\n"),
    BAD("two huge lengths", POST LENGTH "9999999\r\n" LENGTH "8888888",
        "\r\n\r\n"),
    BAD("empty length", POST LENGTH, "\r\n\r\n"),
    BAD("negative length", POST LENGTH, "-5\r\n\r\n"),
    BAD("length with a plus", POST LENGTH, "+5\r\n\r\n"),
    BAD("hexadecimal length", POST LENGTH "0", "x5\r\n\r\n"),
    BAD("length with a letter", POST LENGTH "5", "a\r\n\r\n"),
    BAD("length with a point", POST LENGTH "5", ".0\r\n\r\n"),
    BAD("two lengths in a line", POST LENGTH "5 ", "5\r\n\r\n"),
    BAD("list of lengths", POST LENGTH "5", ", 5\r\n\r\n"),
    BAD("length in quotes", POST LENGTH, "\"5\"\r\n\r\n"),

    /* 6.1 and RFC 9110, 10.1.1: what the caller answers to */
    GOOD("chunked", POST "Transfer-Encoding: chunked\r\n" END, "0\r\n\r\n",
         "POST / 1.1 coded keep"),
    GOOD("chunked and length",
         POST LENGTH "5\r\ntransfer-encoding:\r\n" END, "",
         "POST / 1.1 length=5 coded keep"),
    GOOD("expect", POST "Expect: 100-continue\r\n" END, "",
         "POST / 1.1 expect keep"),
    GOOD("expect in other letters", POST "expect:100-CONTINUE \r\n" END, "",
         "POST / 1.1 expect keep"),
    GOOD("expect something else", POST "Expect: 100-continued\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("expect of a 1.0 client",
         "POST / HTTP/1.0\r\nExpect: 100-continue\r\n" END, "", "POST / 1.0"),

    /* 9.3: Connection */
    GOOD("close", POST "Connection: close\r\n" END, "", "POST / 1.1"),
    GOOD("close in other letters", POST "CONNECTION:CLOSE\r\n" END, "",
         "POST / 1.1"),
    GOOD("close in a list", POST "Connection: TE ,\tclose\t, a\r\n" END, "",
         "POST / 1.1"),
    GOOD("close among empty items", POST "Connection: ,, close,\r\n" END, "",
         "POST / 1.1"),
    GOOD("close in the second of two", POST "Connection: TE\r\n"
         "Connection: close\r\n" END, "", "POST / 1.1"),
    GOOD("close wins", POST "Connection: close, keep-alive\r\n" END, "",
         "POST / 1.1"),
    GOOD("closed is not close", POST "Connection: closed, clos\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("close with more words", POST "Connection: do not close\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("1.1 keep-alive", POST "Connection: keep-alive\r\n" END, "",
         "POST / 1.1 keep"),
    GOOD("1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" END,
         "", "GET / 1.0 keep"),
    GOOD("1.0 keep-alive and close",
         "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n"
         END, "", "GET / 1.0"),
    GOOD("1.0 other option", "GET / HTTP/1.0\r\nConnection: TE\r\n" END, "",
         "GET / 1.0"),
};

struct number_case {
    const char *query;
    int least, most, result;                /* fallback is always 77 */
};

static const struct number_case numbers[] = {
    { "wait=50", 0, 10000, 50 },
    { "wait=0", 0, 10000, 0 },
    { "wait=10000", 0, 10000, 10000 },
    { "wait=10001", 0, 10000, -1 },
    { "wait=4", 5, 10000, -1 },
    { "wait=5", 5, 5, 5 },
    { "wait=007", 0, 10000, 7 },
    { "wait=2147483647", 0, 2147483647, 2147483647 },
    { "wait=2147483648", 0, 2147483647, -1 },
    { "wait=4294967301", 0, 10000, -1 },
    { "wait=18446744073709551621", 0, 2147483647, -1 },
    { "wait=99999999999999999999999999999999999999", 0, 2147483647, -1 },
    { "", 0, 10000, 77 },
    { "&", 0, 10000, 77 },
    { "&&wait=5&", 0, 10000, 5 },
    { "a=1&wait=5", 0, 10000, 5 },
    { "wait=5&a=1", 0, 10000, 5 },
    { "wait=5&wait=6", 0, 10000, 5 },
    { "wait=x&wait=6", 0, 10000, -1 },
    { "wait", 0, 10000, 77 },
    { "Wait=5", 0, 10000, 77 },
    { "wai=5", 0, 10000, 77 },
    { "await=5", 0, 10000, 77 },
    { "waits=5", 0, 10000, 77 },
    { "a=wait=5", 0, 10000, 77 },
    { "wait=", 0, 10000, -1 },
    { "wait=&a=5", 0, 10000, -1 },
    { "wait==5", 0, 10000, -1 },
    { "wait=-5", 0, 10000, -1 },
    { "wait=-0", 0, 10000, -1 },
    { "wait=+5", 0, 10000, -1 },
    { "wait= 5", 0, 10000, -1 },
    { "wait=5 ", 0, 10000, -1 },
    { "wait=5x", 0, 10000, -1 },
    { "wait=0x5", 0, 10000, -1 },
    { "wait=5.0", 0, 10000, -1 },
    { "wait=5,6", 0, 10000, -1 },
    { "wait=%35", 0, 10000, -1 },
    { "wait=////////////////////////////////////////", 0, 10000, -1 },
};

#endif
