#ifndef CGIHOOK_EXCHANGE_H
#define CGIHOOK_EXCHANGE_H

#include <stdint.h>

#include "acceptor.h"
#include "arena.h"
#include "wait_reply.h"
#include "event.h"
#include "reply.h"
#include "request.h"
#include "responder.h"
#include "route.h"
#include "status.h"
#include "store.h"
#include "transport.h"
#include "visitor.h"

/*
 * One request on its way along the line, and what each stage has found out. A
 * stage gets it from the one before, adds its part, and returns ST_OK to go on;
 * any other status ends the line and decides the reply.
 */
struct exchange {
	struct responder *responder;
	struct transport *transport;
	struct arena *arena;
	enum status status;		/* so far */
	struct reason why;
	int64_t began_us;

	struct request request;		/* line_read_variables, the body */
	const struct config *config;	/* responder_take_config */
	const struct route *route;	/* route_find; NULL where it failed */
	char allow[ROUTE_ALLOW_SIZE];	/* for 405; else empty */
	const struct source *source;
	struct proof proof;		/* line_verify */
	struct message plain;		/* line_undo_coding: the request's, its
					   body not packed */
	struct event event;		/* line_decode */
	struct store_accept item;	/* line_prepare_item, acceptor */
	struct accept_ticket ticket;
	struct wait_ticket awaited;	/* where mode = wait */
	struct reply reply;		/* to the event, or a refusal */
	bool unlogged;			/* a monitor asks again and again */
	char reply_text[REPLY_TEXT_SIZE];

	/* of a page */
	const char *base;		/* page_check_head: what is before
					   "/-/" in its address; "" or "/…" */
	struct visitor visitor;		/* visitor_find */
};

/** responder_take_config - the configuration in force. ST_CONFIG */
enum status
responder_take_config(struct exchange *x);

/** responder_open_parts - open what only a genuine event needs. As
 *  acceptor_open, wait_reply_open */
enum status
responder_open_parts(struct exchange *x);

/** check_find - find out whether "cgihook check --url" has sent this request.
 *  If so, it is no event, though it goes on as far as the disk. Always ST_OK */
enum status
check_find(struct exchange *x);

/** check_answer - the reply to a check, after the store's commit. ST_SYSTEM */
enum status
check_answer(struct exchange *x);

#endif
