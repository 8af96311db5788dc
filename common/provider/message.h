#ifndef CGIHOOK_MESSAGE_H
#define CGIHOOK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/* More than any sender has. */
enum { MESSAGE_HEADERS_MAX = 2000 };

/*
 * An HTTP request as verification sees it, wherever it came from: CGI
 * variables, the store, or a raw request read by "explain". All views.
 */
struct http_header {
	struct bytes name;	/* lower case, '-' and never '_' */
	struct bytes value;
};

struct message {
	struct bytes method;		/* as sent: POST */
	struct bytes target;		/* path and query as sent; may be
					   absent */
	struct bytes query;		/* after the '?'; may be absent */
	const struct http_header *headers;	/* in the order received */
	size_t header_count;
	struct bytes body;
	int64_t received_ms;		/* wall clock: dates are measured
					   from it */
	struct bytes remote_addr;	/* may be absent */
	bool blind;			/* a refused one that was kept: MACs
					   and secrets are hashes (blind.h) */
};

/**
 * message_headers - how many headers have a name
 *
 * Takes:   name, lower case with '-'.
 * Returns: their number; value is that of the only one, trimmed of spaces and
 *          tabs, and absent where there is none or more than one.
 */
size_t
message_headers(const struct message *m, const char *name, struct bytes *value);

/**
 * message_only_header - the value of a header that may appear once
 *
 * Returns: ST_OK, value absent where there is none; ST_MALFORMED when there is
 *          more than one, and *why says so.
 */
enum status
message_only_header(const struct message *m, const char *name,
    struct bytes *value, struct reason *why);

/**
 * message_header_list - the lines of a list header, joined by ", "
 *
 * Returns: absent when there is none, or without memory.
 * Spec:    RFC 9110 5.3
 */
struct bytes
message_header_list(const struct message *m, const char *name,
    struct arena *a);

/**
 * message_read_headers - text of "Name: value" lines into headers of m
 *
 * Takes:   text, as kept (kept.h), or as it came: lines may end in \r\n, empty
 *          ones are skipped, names may be in any case, and a '_' in them is a
 *          '-', as in CGI.
 * Returns: ST_OK; ST_MALFORMED for a line without a name or a colon, so also
 *          for a folded one (RFC 9112 5.2), and for more than
 *          MESSAGE_HEADERS_MAX lines; ST_BUSY without memory.
 */
enum status
message_read_headers(struct bytes text, struct arena *a, struct message *m);

/** message_header_name - a header's name as a message has it: in lower case,
 *  and a '-' for '_', as CGI makes one of them (RFC 3875 4.1.18); absent
 *  without memory */
struct bytes
message_header_name(struct bytes name, struct arena *a);

/** message_credentials - what follows the scheme in Authorization's value:
 *  "Bearer x"; absent for another scheme, or without any */
struct bytes
message_credentials(struct bytes value, const char *scheme);

/** message_type_is_json - a Content-Type: application/json, or one that is
 *  built on it (RFC 6839 3.1) */
bool
message_type_is_json(struct bytes value);

/** message_type_is_form - a Content-Type: application/x-www-form-urlencoded */
bool
message_type_is_form(struct bytes value);

/** message_reason - "Not Found" for 404 (RFC 9110 15); "" for a status that
 *  neither this program nor the web servers around it give */
const char *
message_reason(int http_status);

/** message_token_char - may stand in a token, as a header's name is one: RFC
 *  9110 5.6.2 */
bool
message_token_char(char c);

#endif
