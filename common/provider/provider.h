#ifndef CGIHOOK_PROVIDER_H
#define CGIHOOK_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "crypto.h"
#include "mac.h"
#include "message.h"
#include "status.h"

struct event;
struct recipe;

/* One of a source's secrets, in memory of its own that is wiped at the end. */
struct secret {
	unsigned char *data;
	size_t len;
};

/** secret_bytes - a view of one */
struct bytes
secret_bytes(const struct secret *s);

/* A source as configured: what verification needs to know of it. */
struct source {
	const char *name;
	const struct provider *provider;
	struct secret *secrets;		/* tried all, always */
	size_t secret_count;
	bool unsigned_allowed;		/* secret = none */
	const char *key_id;		/* NULL: any */
	int64_t max_age_ms;
	int64_t keep_ms;		/* circleci: older than this is stale */
	bool any_age;			/* neither of the two: the operator
					   knows how old it is */
};

/* How near a request came to being genuine. */
enum nearness {
	NEAR_NOT,		/* nothing that could be verified */
	NEAR_SHAPE,		/* a well-formed signature, or a secret */
	NEAR_GENUINE		/* the right one: something else is wrong */
};

/* What verifying learnt and decoding needs. */
struct proof {
	size_t secret_index;		/* which of the source's secrets
					   fitted */
	struct bytes identity;		/* what makes a request the same one
					   again, where verifying knows it:
					   the MAC's 32 bytes; custom: the
					   Idempotency-Key; else absent */
	enum nearness near;		/* also of one that is refused */
};

/* A variable of a handler's environment and where its value comes from. */
struct env_rule {
	const char *name;
	const char *paths;	/* "a.b|c.d": the first that is a scalar and not
				   empty; "=text": that text; NULL: derive */
	/* May return an absent value: then the variable is unset. */
	struct bytes (*derive)(const struct event *e, const char *name,
	    struct arena *a);
};

/* A header that is kept with a refused request (blind.h). */
enum header_kind { HEADER_TEXT, HEADER_EXACT, HEADER_SIGNATURE };

struct header_rule {
	const char *name;	/* lower case */
	enum header_kind kind;
};

/* An object that the sender puts into the body twice: paths from the root. */
struct body_copy {
	const char *path;	/* NULL: nothing comes twice */
	const char *original;
};

/*
 * A sender. The next one is a file with one of these and a row in provider.c.
 *
 * verify: ST_OK with *out set when the message is genuine; ST_DENIED when it
 *   is not, with out->near alone set; ST_MALFORMED when a deciding header comes
 *   twice. It reads no more of the body than its bytes, tries every secret of
 *   the source always, and compares in constant time.
 * decode: fills in the event from e->doc, whose root is an object; as
 *   event_decode. proof may be NULL.
 */
struct provider {
	const char *name;
	bool any_content_type;	/* the body is JSON whatever the header says */
	bool empty_body;	/* an empty body is {} */
	bool may_be_unsigned;	/* secret = none is a choice */
	bool has_key_id;	/* its signatures name their key: key_id */
	bool bears_secret;	/* its requests hold the secret itself */
	const struct header_rule *headers;	/* ends with a NULL name */
	const struct recipe *recipe;	/* for recipe_verify; else NULL */
	enum status (*verify)(const struct source *s, const struct message *m,
	    struct arena *a, struct proof *out, struct reason *why);
	enum status (*decode)(const struct source *s, const struct message *m,
	    const struct proof *proof, struct arena *a, struct event *e,
	    struct reason *why);
	/* whether the status says that the build has ended: event.completed
	 * runs. NULL: what this sender tells of has no end. */
	bool (*completes)(struct bytes event, struct bytes status);
	const struct env_rule *env;	/* ends with a NULL name */
	struct body_copy copy;		/* has no variables of its own */
};

extern const struct provider provider_drone, provider_circleci, provider_custom;

/**
 * source_find_secret - which of the source's secrets made one of these MACs
 *
 * Takes:   macs, count of them, HMAC-SHA256 each.
 * Returns: ST_OK with *index, and the MAC in made; ST_DENIED when none did;
 *          ST_SYSTEM when libcrypto cannot.
 * Timing:  every secret is tried against every MAC, whatever fitted before.
 */
enum status
source_find_secret(const struct source *s, struct bytes text,
    const struct mac *macs, size_t count, size_t *index,
    unsigned char made[SHA256_LEN], struct reason *why);

/** provider_find - by its name; NULL when there is none */
const struct provider *
provider_find(const char *name);

/** provider_list - every provider, ended by NULL */
const struct provider *const *
provider_list(void);

#endif
