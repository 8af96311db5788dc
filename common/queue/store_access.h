#ifndef CGIHOOK_STORE_ACCESS_H
#define CGIHOOK_STORE_ACCESS_H

#include "crypto.h"
#include "store.h"

/*
 * Who is logged in at the page, and who did what. The contracts are in
 * store_backend.h, at the members of the same name.
 */

enum store_session_kind {
	STORE_SESSION,			/* a browser that is logged in */
	STORE_TICKET			/* an address that logs in, once */
};

#define STORE_SESSION_MAX_MS ((int64_t)12 * 3600 * 1000)
#define STORE_TICKET_MAX_MS ((int64_t)5 * 60 * 1000)

/* The store never has what the browser shows, only its hash: who reads the
 * store cannot log in by it. */
struct store_session {
	enum store_session_kind kind;
	unsigned char digest[SHA256_LEN];	/* of what the browser shows */
	unsigned char binding[SHA256_LEN];	/* to the token's secret */
	const char *token;		/* whose it is */
	int64_t began_ms, until_ms;	/* wall clock */
};

enum status
store_session_add(struct store *s, const struct store_session *add,
    struct reason *why);

enum status
store_session_find(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why);

enum status
store_session_take(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why);

/* A token has so many sessions and tickets at most: a new one ends its oldest
 * one. */
enum { STORE_SESSIONS_EACH = 100 };

/* What somebody did. */
struct store_note {
	int64_t id;			/* by list: rises with time */
	int64_t at_ms;
	const char *who;		/* "token:team", "uid:1000", "sender" */
	const char *what;		/* "login", "retry"; as an event's word:
					   event.h */
	int64_t event_id;		/* 0: none */
	struct bytes detail;		/* may be a stranger's */
};

enum { STORE_NOTES_MAX = 1000 };

struct store_notes {
	/* in */
	int64_t before_id;		/* 0: from the newest on */
	int64_t since_ms;
	int limit;			/* 1 to STORE_NOTES_MAX */
	struct arena *arena;		/* owns these: */
	/* out */
	struct store_note *notes;	/* newest first */
	size_t count;
};

enum status
store_audit_add(struct store *s, const struct store_note *n,
    struct reason *why);

enum status
store_audit_list(struct store *s, struct store_notes *n, struct reason *why);

#endif
