#include "store_postgresql_read.h"

enum status
pg_no_memory(struct reason *why)
{
	return fail(why, ST_BUSY, "store: out of memory for what was read");
}

struct stored_event
pg_read_event(const struct pg_rows *rows, int row, int column, struct arena *a)
{
	return (struct stored_event){
		.id = pg_int(rows, row, column),
		.received_ms = pg_int(rows, row, column + 1),
		.state = (enum event_state)pg_int(rows, row, column + 2),
		.source = pg_text(rows, row, column + 3, a),
		.provider = pg_text(rows, row, column + 4, a),
		.event = pg_text(rows, row, column + 5, a),
		.action = pg_text(rows, row, column + 6, a),
		.status = pg_text(rows, row, column + 7, a),
		.result = (enum result)pg_int(rows, row, column + 8),
		.subject = pg_text(rows, row, column + 9, a),
		.remote_addr = pg_text(rows, row, column + 10, a),
	};
}

struct stored_delivery
pg_read_delivery(const struct pg_rows *rows, int row, int column,
    struct arena *a)
{
	const int64_t id = pg_int(rows, row, column);
	const int64_t at_ms = pg_int(rows, row, column + 4);
	struct stored_delivery d = {
		.id = id,
		.event_id = pg_delivery_event(id),
		.state = (enum delivery_state)pg_int(rows, row, column + 2),
		.attempts = (int)pg_int(rows, row, column + 3),
	};

	delivery_set_path(&d, pg_text(rows, row, column + 1, a));
	delivery_set_time(&d, at_ms);
	if (d.state == DELIVERY_RUNNING)
		d.claim = pg_int(rows, row, column + 5);
	return d;
}

struct stored_attempt
pg_read_attempt(const struct pg_rows *rows, int row, int column,
    struct arena *a)
{
	return (struct stored_attempt){
		.number = (int)pg_int(rows, row, column),
		.result = (enum attempt_result)pg_int(rows, row, column + 1),
		.started_ms = pg_int(rows, row, column + 2),
		.ended_ms = pg_int(rows, row, column + 3),
		.exit_code = (int)pg_int(rows, row, column + 4),
		.term_signal = (int)pg_int(rows, row, column + 5),
		.output_total_bytes = pg_int(rows, row, column + 6),
		.note = pg_text(rows, row, column + 7, a),
		.output = pg_copy(rows, row, column + 8, a),
	};
}
