#ifndef CGIHOOK_STORE_SQLITE_NUMBER_H
#define CGIHOOK_STORE_SQLITE_NUMBER_H

#include "store_sqlite_db.h"

/* That no number is given twice. */

/** number_is_left - ST_CONFIG: the number is above what an event may have */
enum status
number_is_left(const struct db *s, int64_t number, struct reason *why);

/** number_is_noted - whether the database is in the file that it notes */
enum status
number_is_noted(struct db *s, bool *out, struct reason *why);

/** number_move - note that the folder's file name is the one that it is in */
enum status
number_move(struct db *s, const char *name, struct reason *why);

/** number_check - see whether the file is a copy that was put in the place of a
 *  later one; then let the numbers jump. Within no transaction. */
enum status
number_check(struct db *s, struct reason *why);

#endif
