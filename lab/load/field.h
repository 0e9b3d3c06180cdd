/* field.h - a line of a reply's head, as far as we ask. */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>

/* The value of the field that a line is, if it has that name, else NULL. */
const char *field_value(const char *line, const char *name);

/* Take the value of a Content-Length into *length: what the same head has said
 * before, or -1. Returns false where it is no number, or another one. */
bool field_length(const char *value, long long *length);

#endif
