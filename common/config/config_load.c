#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_handler.h"
#include "config_input.h"
#include "config_reach.h"
#include "config_read.h"
#include "config_rules.h"
#include "config_secret.h"
#include "config_section.h"
#include "config_source.h"
#include "config_store.h"
#include "config_stamp.h"
#include "config_token.h"
#include "crypto.h"
#include "file.h"

enum { FILE_MAX = 1024 * 1024 };

/* Make room for the sections of the tree. */
static enum status
load_make_room(struct config *c, const struct config_tree *tree)
{
	size_t count = tree->section_count + 1;
	size_t stamps = 3;	/* the file, store's, config_load_store's */
	size_t i;

	for (i = 0; i < tree->section_count; i++)
		if (tree->sections[i].scope == SCOPE_TOKEN)
			stamps++;
		else if (tree->sections[i].scope == SCOPE_SOURCE)
			stamps += section_entry(&tree->sections[i],
			    "secret")->count;
	c->sources = arena_array(&c->arena, count, sizeof(*c->sources));
	c->tokens = arena_array(&c->arena, count, sizeof(*c->tokens));
	c->handlers = arena_array(&c->arena, count, sizeof(*c->handlers));
	c->stamps = arena_array(&c->arena, stamps, sizeof(*c->stamps));
	return arena_failed(&c->arena) ? ST_BUSY : ST_OK;
}

static enum status
load_text(struct config *c, struct bytes text, const struct stat *file,
    bool with_secrets, struct arena *scratch, struct reason *why)
{
	struct config_tree tree;
	struct section_job job = { .tree = &tree,
	    .with_secrets = with_secrets };
	struct bytes dir = path_dir(bytes_of(c->path));
	enum status st = config_read(c->path, text, scratch, &tree, why);

	if (st != ST_OK)
		return st;
	st = load_make_room(c, &tree);
	if (st != ST_OK)
		return st;
	stamp_add(c, c->path, file);
	job.x.config = c;
	job.x.dir = arena_cstr(&c->arena, dir);
	st = section_keys(&job, &tree.top, false, c, why);
	if (st == ST_OK && c->keep_bodies_ms > c->keep_ms)
		st = config_fail(c->path, section_line(&tree.top,
		    "keep_bodies"), why, "keep_bodies is longer than keep, "
		    "after which the whole event goes; lower it or remove it");
	if (st == ST_OK)
		st = config_sources(&job, why);
	if (st == ST_OK)
		st = config_tokens(&job, why);
	if (st == ST_OK)
		st = config_handlers(&job, why);
	if (st == ST_OK)
		st = config_rules(&tree, c->rules_digest, why);
	return st != ST_OK ? st : config_reach(c, section_line(&tree.top,
	    "state_dir"), why);
}

/* Each secret keys the digest of those before it, so none is copied. */
static enum status
load_digest_secret(struct config *c, const struct secret *s)
{
	const struct bytes before = { (const char *)c->secrets_digest,
		sizeof(c->secrets_digest) };
	unsigned char next[SHA256_LEN];
	enum status st = hmac_sha256(secret_bytes(s), before, next);

	if (st == ST_OK)
		memcpy(c->secrets_digest, next, sizeof(next));
	return st;
}

static enum status
load_digest(struct config *c, struct bytes text, struct reason *why)
{
	enum status st = sha256(text, c->text_digest);

	for (size_t i = 0; i < c->source_count; i++)
		for (size_t k = 0; st == ST_OK &&
		    k < c->sources[i].secret_count; k++)
			st = load_digest_secret(c, &c->sources[i].secrets[k]);
	for (size_t i = 0; st == ST_OK && i < c->token_count; i++)
		st = load_digest_secret(c, &c->tokens[i].secret);
	return st == ST_OK ? st : fail(why, st, "libcrypto: no SHA-256");
}

/* Two that were left alone are alike. */
static bool
load_conn_is_alike(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && (a->len == 0 ||
	    crypto_equal(a->data, b->data, a->len));
}

bool
config_is_alike(const struct config *a, const struct config *b)
{
	return memcmp(a->text_digest, b->text_digest, SHA256_LEN) == 0 &&
	    crypto_equal(a->secrets_digest, b->secrets_digest, SHA256_LEN) &&
	    load_conn_is_alike(&a->conn, &b->conn);
}

/*
 * Whoever can write the file can run programs as this user. The group may: with
 * umask 002 and a group for each user, every file is writable for the group,
 * and the group is the user's own.
 */
static enum status
load_check_file(const char *path, const struct stat *file, struct reason *why)
{
	if ((file->st_mode & S_IWOTH) == 0)
		return ST_OK;
	return config_fail(path, 1, why, "others can write this file, and so"
	    " have any program run; run: chmod o-w %.200s", path);
}

static enum status
load_file(struct config *c, bool with_secrets, struct arena *scratch,
    struct reason *why)
{
	struct reason cause;
	unsigned char *data;
	struct bytes text;
	struct stat file;
	enum status st;

	if (input_read(c->path, FILE_MAX, &data, &text.len, &file, &cause) !=
	    ST_OK)
		return fail(why, ST_CONFIG, "%.200s: cannot be read: %.60s;"
		    " correct the name or the permissions (this is user %ld)",
		    c->path, cause.text, (long)geteuid());
	text.data = (const char *)data;
	st = load_check_file(c->path, &file, why);
	if (st == ST_OK)
		st = load_text(c, text, &file, with_secrets, scratch, why);
	if (st == ST_OK)
		st = load_digest(c, text, why);
	free(data);
	return st;
}

static enum status
load_config(const char *path, bool with_secrets, bool with_conn,
    struct config **out, struct reason *why)
{
	struct arena scratch = ARENA(0);
	struct config *c = calloc(1, sizeof(*c));
	enum status st;

	if (c == NULL)
		return fail(why, ST_BUSY, "no memory");
	c->arena = ARENA(0);
	c->leaves_conn = !with_conn;
	c->path = arena_cstr(&c->arena, bytes_of(path));
	st = load_file(c, with_secrets, &scratch, why);
	st = arena_verdict(&c->arena, st, why);
	arena_free(&scratch);
	if (st == ST_OK)
		*out = c;
	else
		config_free(c);
	return st;
}

enum status
config_load(const char *path, struct config **out, struct reason *why)
{
	return load_config(path, true, true, out, why);
}

enum status
config_load_runner(const char *path, struct config **out, struct reason *why)
{
	return load_config(path, false, true, out, why);
}

enum status
config_load_responder(const char *path, struct config **out,
    struct reason *why)
{
	return load_config(path, true, false, out, why);
}

#define GIVEN "given"

enum status
config_load_store(const char *path, const char *store, struct config **out,
    struct reason *why)
{
	struct config *c;
	enum status st = load_config(path, false, true, &c, why);
	struct value_context x;
	const struct config_text text = { store, 1 };
	const struct config_value v = { config_key_find(SCOPE_TOP,
	    BYTES("store")), &x, &text, 1 };

	if (st != ST_OK)
		return st;
	x = (struct value_context){ c, arena_cstr(&c->arena,
	    path_dir(bytes_of(c->path))) };
	secret_wipe(&c->conn);
	c->conn_path = NULL;
	c->path = GIVEN;
	st = arena_verdict(&c->arena, value_store(&v, &c->store, why), why);
	c->path = arena_cstr(&c->arena, bytes_of(path));
	if (st == ST_OK) {
		*out = c;
		return ST_OK;
	}
	config_free(c);
	if (strncmp(why->text, GIVEN ":1: ", sizeof(GIVEN ":1: ") - 1) == 0)
		memmove(why->text, why->text + sizeof(GIVEN ":1: ") - 1,
		    strlen(why->text) - (sizeof(GIVEN ":1: ") - 2));
	return st;
}

void
config_free(struct config *c)
{
	size_t i, k;

	if (c == NULL)
		return;
	for (i = 0; i < c->source_count; i++)
		for (k = 0; k < c->sources[i].secret_count; k++)
			secret_wipe(&c->sources[i].secrets[k]);
	for (i = 0; i < c->token_count; i++)
		secret_wipe(&c->tokens[i].secret);
	secret_wipe(&c->conn);
	arena_free(&c->arena);
	free(c);
}
