#include "field.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *field_value(const char *line, const char *name)
{
    size_t n = strlen(name);

    if (strncasecmp(line, name, n) != 0 || line[n] != ':')
        return NULL;
    return line + n + 1 + strspn(line + n + 1, " \t");
}

bool field_length(const char *value, long long *length)
{
    long long before = *length;
    char *end;

    if (!isdigit((unsigned char)*value))    /* strtoll takes a sign, too */
        return false;
    errno = 0;
    *length = strtoll(value, &end, 10);
    return errno == 0 && end[strspn(end, " \t\r\n")] == '\0' &&
           (before == -1 || before == *length);
}
