#ifndef CGIHOOK_SOURCE_H
#define CGIHOOK_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "crypto.h"
#include "mac.h"
#include "status.h"

struct header_rule;
struct provider;
struct recipe;
struct scheme;
struct trace;

/* One of a source's secrets, in memory of its own that is wiped at the end. */
struct secret {
	unsigned char *data;
	size_t len;
};

/* Where a secret is from. */
struct secret_file {
	const char *path;		/* absolute; NULL: a variable */
	int64_t written_ms;		/* 0: it was not looked at */
};

/** secret_bytes - a view of one */
struct bytes
secret_bytes(const struct secret *s);

/* What a duplicate does where a delivery of its event has failed or is dead. */
enum redeliver { REDELIVER_NO, REDELIVER_RETRY };

/* A source as configured: what verification must know of it. */
struct source {
	const char *name;
	const struct provider *provider;
	const struct recipe *recipe;	/* its own; NULL: the provider's */
	const char *scheme;		/* of the recipe's schemes, the only one
					   that counts; NULL: all */
	const struct header_rule *headers;	/* what its own recipe reads, as
						   provider.headers */
	struct secret *secrets;		/* all are tried, always */
	size_t secret_count;
	struct secret_file *secret_files;	/* of each, also where secrets
						   are not read */
	size_t secret_file_count;
	bool unsigned_allowed;		/* secret = none */
	const char *key_id;		/* NULL: any */
	int64_t max_age_ms;
	int64_t keep_ms;		/* older than this is stale, where the
					   time of sending is not signed */
	enum redeliver redeliver;
	int64_t expect_ms;		/* something comes at least so often;
					   0: nobody says so */
	bool any_age;			/* neither of the two counts: the
					   operator knows how old it is */
};

/* How near a request came to being genuine. */
enum nearness {
	NEAR_NOT,		/* nothing that could be verified */
	NEAR_SHAPE,		/* a well-formed signature, or a secret */
	NEAR_GENUINE		/* the right one: something else is wrong */
};

/* What verification learnt and decoding needs. */
struct proof {
	size_t secret_index;		/* the source's secret that fits */
	struct bytes identity;		/* what makes a request the same one
					   again, where verification knows it:
					   the MAC, or a hash of what was
					   signed; else absent */
	enum nearness near;		/* also of one that is refused */
	const struct scheme *scheme;	/* by which it was judged; NULL: by
					   none of a recipe */
	bool has_time;			/* a time was signed: */
	int64_t time_ms;
};

/* What was signed, and how. */
struct signing {
	const struct scheme *scheme;	/* whose secrets count; NULL: all do,
					   as they are, with HMAC-SHA256 */
	const struct scheme *schemes;	/* all of the recipe */
	const struct bytes *parts;	/* one after the other */
	size_t part_count;
};

/** source_secret_counts - whether a scheme judges by this secret of the
 *  source */
bool
source_secret_counts(const struct source *s, size_t index,
    const struct signing *g);

/**
 * source_make_mac - what the signature is under one of the secrets
 *
 * Returns: ST_OK; ST_CONFIG where the secret is not encoded as the scheme has
 *          it, which the configuration refuses; ST_SYSTEM when libcrypto
 *          cannot.
 * Timing:  independent of the secret's and the text's content.
 */
enum status
source_make_mac(const struct source *s, size_t index, const struct signing *g,
    unsigned char out[HASH_MAX_LEN], struct reason *why);

/**
 * source_find_secret - which of the source's secrets made one of these MACs
 *
 * Takes:   macs, count of them; t, or NULL.
 * Returns: ST_OK with out->secret_index, and the MAC, the arena's, in
 *          out->identity; ST_DENIED when none did; else as source_make_mac.
 * Effect:  a step "signature" in t.
 * Timing:  every secret is tried against every MAC, also after one that fits.
 */
enum status
source_find_secret(const struct source *s, const struct signing *g,
    const struct mac *macs, size_t count, struct arena *a, struct trace *t,
    struct proof *out, struct reason *why);

/**
 * source_trace_right - the MAC under the source's first secret that counts
 *
 * Takes:   form, MAC_BASE64 or MAC_HEX.
 * Effect:  a note in t, where it wants to reveal that.
 */
void
source_trace_right(const struct source *s, const struct signing *g,
    enum mac_form form, struct trace *t);

#endif
