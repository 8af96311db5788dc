#ifndef CGIHOOK_CONFIG_STORE_H
#define CGIHOOK_CONFIG_STORE_H

#include "config_value.h"

/**
 * value_store - read "store": sqlite, or postgresql:file:PATH with the
 *               connection string in that file
 *
 * Takes:   as every parser; there is room for one more stamp.
 * Owns:    the configuration's conn, even after a failure: secret_wipe.
 * Returns: ST_OK; ST_CONFIG, never with a part of the string: it may hold a
 *          password; ST_BUSY.
 */
value_parser value_store;	/* enum config_store; sets conn, conn_path */

/**
 * conn_fault - find what is wrong with a connection string, without libpq
 *
 * Takes:   text, as in the file, without white space around it.
 * Returns: what is wrong and what to do, without any of the text; NULL if
 *          libpq would understand how it is written.
 * Spec:    PostgreSQL, 34.1.1 "Connection Strings"
 */
const char *
conn_fault(struct bytes text);

#endif
