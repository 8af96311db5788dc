#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "store_backend.h"

static enum status
copy_refuse(const struct store *s, struct reason *why)
{
	return fail(why, ST_CONFIG, "a store of %s cannot be copied",
	    s->backend->name);
}

enum status
store_copying(struct store *s, struct store_copying *out, struct reason *why)
{
	return s->backend->copying == NULL ? copy_refuse(s, why) :
	    s->backend->copying(s, out, why);
}

enum status
store_seal(struct store *s, bool sealed, struct reason *why)
{
	return s->backend->seal == NULL ? copy_refuse(s, why) :
	    s->backend->seal(s, sealed, why);
}

enum status
store_export(struct store *s, struct store_parcel *p, struct reason *why)
{
	return s->backend->export == NULL ? copy_refuse(s, why) :
	    s->backend->export(s, p, why);
}

enum status
store_import(struct store *s, const struct store_parcel *p,
    struct reason *why)
{
	return s->backend->import == NULL ? copy_refuse(s, why) :
	    s->backend->import(s, p, why);
}

/* --- places: "e:17", "k:00ff…" -------------------------------------------- */

static bool
copy_at_read(const char *text, struct copy_at *out)
{
	struct bytes rest = bytes_of(text), what;
	unsigned long long id;

	*out = (struct copy_at){ .what = 'e' };
	if (rest.len == 0)
		return true;
	if (!bytes_cut(&rest, ':', &what) || what.len != 1)
		return false;
	out->what = what.data[0];
	if (rest.len == 0)
		return true;
	if (rest.len == 2 * (size_t)DEDUPE_LEN) {
		out->key_len = DEDUPE_LEN;
		return hex_decode_exact(rest, out->key, DEDUPE_LEN);
	}
	if (!bytes_to_u64(rest, &id) || id > INT64_MAX)
		return false;
	out->id = (int64_t)id;
	return true;
}

enum status
copy_begin(struct store_parcel *p, struct copy_at *out, struct reason *why)
{
	p->events = NULL;
	p->keys = NULL;
	p->event_count = p->key_count = 0;
	if (copy_at_read(p->begin, out))
		return ST_OK;
	return fail(why, ST_CONFIG, "the note of how much was copied is"
	    " damaged: begin anew, with an empty store");
}

void
copy_at_write(const struct copy_at *at, char text[STORE_AT_MAX])
{
	char hex[2 * DEDUPE_LEN + 1];

	if (at->what == '\0') {
		snprintf(text, STORE_AT_MAX, STORE_AT_END);
		return;
	}
	if (at->key_len != 0)
		hex_encode(at->key, DEDUPE_LEN, hex);
	else
		snprintf(hex, sizeof(hex), "%lld", (long long)at->id);
	snprintf(text, STORE_AT_MAX, "%c:%s", at->what,
	    at->key_len == 0 && at->id == 0 ? "" : hex);
}

/* --- what to say ---------------------------------------------------------- */

enum status
copy_refuse_sealed(const char *name, struct reason *why)
{
	return fail(why, ST_CONFIG, "%s is sealed: its events were copied to"
	    " another store, or are being copied. Name the other store in the"
	    " configuration, or see \"cgihook store --help\"", name);
}

enum status
copy_follows(const struct store_copying *now, const struct store_parcel *p,
    struct reason *why)
{
	if (now->from[0] == '\0' ? !now->empty :
	    strcmp(now->from, p->from) != 0)
		return fail(why, ST_CONFIG, "the store to copy into has events"
		    " already, of another store; it must be empty");
	if (strcmp(now->at, p->begin) != 0)
		return fail(why, ST_BUSY, "another \"cgihook store copy\" is"
		    " at work on the same store");
	return ST_OK;
}
