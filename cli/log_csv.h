#ifndef CGIHOOK_LOG_CSV_H
#define CGIHOOK_LOG_CSV_H

#include "cli.h"

/** log_csv - print the events that f lets through, f->limit at most, as a table
 *  for spreadsheets. Takes: separator, ',' or ';'; '\0' for the former.
 *  CLI_DONE; CLI_FAILED after a message */
int
log_csv(struct cli *c, const struct store_filter *f, char separator);

#endif
