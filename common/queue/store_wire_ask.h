#ifndef CGIHOOK_STORE_WIRE_ASK_H
#define CGIHOOK_STORE_WIRE_ASK_H

#include "role.h"
#include "store_access.h"
#include "store_measure.h"
#include "store_wire.h"

/*
 * What a responder asks an agent for pages: operations of the seam, each with a
 * struct that has what is asked and what is told. The structs are the seam's
 * own; store_wire_ask.c has a table of their members.
 */
enum wire_ask {
	ASK_EVENT,			/* struct store_get */
	ASK_EVENTS,			/* struct wire_events */
	ASK_RETRY,			/* struct store_retry */
	ASK_STATS,			/* struct store_stats */
	ASK_MEASURES,			/* struct store_measures */
	ASK_SESSION_ADD,		/* struct store_session … */
	ASK_SESSION_FIND, ASK_SESSION_TAKE,
	ASK_NOTE,			/* struct store_note */
	ASK_HOURS,			/* struct store_hours */
	ASK_CHECKED,			/* struct store_checked */
	WIRE_ASKS
};

enum {
	WIRE_EVENTS_MAX = 4096,		/* of a list */
	WIRE_RETRIES_MAX = 1000,	/* events in one retry */
	WIRE_TEXT_BYTES = 256 * 1024,	/* what a visitor may have written */
	WIRE_DETAIL_BYTES = 4096	/* of a note */
};

struct wire_events {
	/* in */
	struct store_filter filter;
	/* out */
	int64_t handler_from;
	struct stored_event *events;
	size_t count;
};

/* Large enough for any of them. */
union wire_asked {
	struct store_get event;
	struct wire_events events;
	struct store_retry retry;
	struct store_stats stats;
	struct store_measures measures;
	struct store_session session;
	struct store_note note;
	struct store_hours hours;
	struct store_checked checked;
};

/** wire_put_ask - Takes: asked, the struct of that kind */
void
wire_put_ask(struct buf *b, enum wire_ask what, const void *asked);

/**
 * wire_read_ask - what is asked for
 *
 * Takes:   now_ms, wall clock: no session lasts for long.
 * Owns:    *out is the arena's, with all that it points to.
 * Returns: ST_OK; ST_MALFORMED: no responder of ours asks so; ST_BUSY without
 *          memory.
 */
enum status
wire_read_ask(struct bytes message, int64_t now_ms, struct arena *a,
    enum wire_ask *what, union wire_asked *out, struct reason *why);

/** wire_ask_role - the least role of a token for which a responder asks this */
enum role
wire_ask_role(enum wire_ask what);

/** wire_put_told - the answer; one that is longer than the buf may be is
 *  ST_BUSY instead */
void
wire_put_told(struct buf *b, enum wire_ask what, enum status st,
    const struct reason *why, const void *told);

/** wire_read_told - Takes: told, the struct that was asked with. Owns: what it
 *  gets is the arena's. Returns: what the agent's store has returned, or
 *  ST_SYSTEM for what is no answer; told is set for ST_OK alone, as far as an
 *  answer sets it */
enum status
wire_read_told(struct bytes message, enum wire_ask what, struct arena *a,
    void *told, struct reason *why);

#endif
