#ifndef CGIHOOK_STORE_POSTGRESQL_READ_H
#define CGIHOOK_STORE_POSTGRESQL_READ_H

#include "store_postgresql_db.h"

/* Rows into structs. Each function reads the columns of its list, from the
 * given one on; what they become is the arena's. */

/* e: event, k: its kind */
#define PG_EVENT_COLUMNS \
	"e.id, e.received_ms, e.state, k.source, k.provider, k.event," \
	" k.action, k.status, k.result, e.subject, e.remote_addr"

/* d: delivery, q: its queue */
#define PG_DELIVERY_COLUMNS \
	"d.id, q.path, d.state, d.attempts, d.at_ms, d.begun"

/* a: attempt */
#define PG_ATTEMPT_COLUMNS \
	"a.number, a.result, a.started_ms, a.ended_ms, a.exit_code," \
	" a.term_signal, a.output_total, a.note, a.output"

enum status
pg_no_memory(struct reason *why);

/** pg_read_event - without headers, body and deliveries; ask the arena's
 *  verdict once, behind all that is read: this holds for all of these */
struct stored_event
pg_read_event(const struct pg_rows *rows, int row, int column,
    struct arena *a);

/** pg_read_delivery - without its filter and its history */
struct stored_delivery
pg_read_delivery(const struct pg_rows *rows, int row, int column,
    struct arena *a);

struct stored_attempt
pg_read_attempt(const struct pg_rows *rows, int row, int column,
    struct arena *a);

#endif
