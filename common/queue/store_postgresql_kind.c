#include "store_postgresql_kind.h"

#include <string.h>

/* Each word with its length: no two lists of words are the same text. */
static void
add_word(struct buf *b, struct bytes word)
{
	buf_printf(b, "%zu:", word.len);
	buf_add(b, word);
}

enum status
kind_digest(const struct event *e, unsigned char out[SHA256_LEN],
    struct reason *why)
{
	struct buf b = BUF(1 << 24);
	enum status st;

	add_word(&b, bytes_of(e->source));
	add_word(&b, bytes_of(e->provider));
	add_word(&b, e->event);
	add_word(&b, e->action);
	add_word(&b, e->status);
	add_word(&b, bytes_of(e->named_by));
	buf_printf(&b, "%d", (int)e->result);
	if (b.failed)
		st = fail(why, ST_BUSY, "store: out of memory");
	else if ((st = sha256(buf_bytes(&b), out)) != ST_OK)
		st = fail(why, st, "libcrypto: no SHA-256");
	buf_free(&b);
	return st;
}

static bool
kind_is_known(const struct pg *s, const unsigned char digest[SHA256_LEN])
{
	for (size_t i = 0; i < s->kind_count; i++)
		if (memcmp(s->kinds[i], digest, SHA256_LEN) == 0)
			return true;
	return false;
}

static void
kind_remember(struct pg *s, const unsigned char digest[SHA256_LEN])
{
	if (s->kind_count == PG_KINDS_MAX)
		s->kind_count = 0;
	memcpy(s->kinds[s->kind_count++], digest, SHA256_LEN);
}

/* In the order of their digests: else two transactions could wait for each
 * other. */
static const char kind_add[] =
"INSERT INTO kind (digest, source, provider, named_by, event, action, status,"
" result) SELECT DISTINCT ON (digest) * FROM unnest($1::bytea[], $2::text[],"
" $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[],"
" $8::bigint[]) AS t (digest) ORDER BY digest"
" ON CONFLICT (digest) DO NOTHING";

enum { KIND_COLUMNS = 8 };

static void
kind_put(struct pg_args *args, int column, const struct event *e,
    const unsigned char digest[SHA256_LEN])
{
	const char *const texts[] = { e->source, e->provider, e->named_by };
	const struct bytes words[] = { e->event, e->action, e->status };

	if (column == 0)
		pg_put_bytes(args, (struct bytes){ (const char *)digest,
		    SHA256_LEN });
	else if (column < 4)
		pg_put_text(args, texts[column - 1]);
	else if (column < 7)
		pg_put_bytes(args, words[column - 4]);
	else
		pg_put_int(args, (int)e->result);
}

void
kind_ensure(struct pg *s, const struct event *const *events,
    unsigned char (*digests)[SHA256_LEN], size_t count)
{
	static const enum pg_type types[KIND_COLUMNS] = { PG_BYTES, PG_TEXT,
		PG_TEXT, PG_TEXT, PG_BYTES, PG_BYTES, PG_BYTES, PG_INT };
	struct pg_args args = PG_ARGS;
	bool any = false;

	for (int c = 0; c < KIND_COLUMNS; c++) {
		pg_array_begin(&args, types[c]);
		for (size_t i = 0; i < count; i++)
			if (events[i] != NULL &&
			    !kind_is_known(s, digests[i])) {
				kind_put(&args, c, events[i], digests[i]);
				any = true;
			}
		pg_array_end(&args);
	}
	if (any)
		pg_want(s, kind_add, &args, NULL);
	pg_args_free(&args);
	for (size_t i = 0; i < count; i++)
		if (events[i] != NULL && !kind_is_known(s, digests[i]))
			kind_remember(s, digests[i]);
}

void
kind_forget(struct pg *s)
{
	s->kind_count = 0;
}
