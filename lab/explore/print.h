/* print.h - a finding as one line of JSON. */
#ifndef PRINT_H
#define PRINT_H

#include "search.h"

/* The finding, and the told run on the record. */
void print_finding(const struct finding *f);

#endif
