#include "config_store.h"

#include <string.h>
#include <sys/stat.h>

#include "config_secret.h"
#include "config_stamp.h"
#include "lookalike.h"

#define ON_POSTGRESQL "postgresql"
#define FILE_PREFIX "file:"

static const struct secret_kind secret_of_store = {
	.key = "store", .name = "connection string",
	.bom = "no connection string has"
};

/* --- the string ---------------------------------------------------------- */

static bool
conn_blank(char c)
{
	return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

static bool
conn_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* What many files for other programs begin with. */
static const char *
conn_prefix_fault(struct bytes text)
{
	static const struct {
		const char *prefix, *fault;
	} cases[] = {
		{ "jdbc:", "it begins with jdbc:, which is for Java; leave "
		    "that out" },
		{ "psql ", "it begins with psql; leave the command out" },
		{ "export ", "it is a line for a shell; put the string alone "
		    "into the file, without its name and without quotes" },
		{ "'", "it is in quotes; leave them out" },
		{ "\"", "it is in quotes; leave them out" },
		{ "#", "it is a comment; the file must have the string alone" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (bytes_has_prefix(text, cases[i].prefix))
			return cases[i].fault;
	return NULL;
}

/* Skip a value: up to a blank, or in single quotes. */
static const char *
conn_skip_value(struct bytes *rest)
{
	bool quoted = rest->len > 0 && rest->data[0] == '\'';
	size_t i = quoted;

	for (; i < rest->len; i++) {
		if (rest->data[i] == '\\')
			i++;
		else if (quoted ? rest->data[i] == '\'' :
		    conn_blank(rest->data[i]))
			break;
	}
	if (i > rest->len || (quoted && i == rest->len))
		return quoted ? "a quote (') is not closed; in quotes, write "
		    "\\' for a quote and \\\\ for a backslash" :
		    "it ends in a backslash; write \\\\ for one";
	*rest = bytes_from(*rest, i + quoted);
	return NULL;
}

static struct bytes
conn_skip_blanks(struct bytes rest)
{
	while (rest.len > 0 && conn_blank(rest.data[0]))
		rest = bytes_from(rest, 1);
	return rest;
}

/* Skip "name = "; its name is *out. */
static const char *
conn_skip_key(struct bytes *rest, struct bytes *out)
{
	size_t n = 0;

	while (n < rest->len && rest->data[n] != '=' &&
	    !conn_blank(rest->data[n]))
		n++;
	*out = (struct bytes){ rest->data, n };
	*rest = conn_skip_blanks(bytes_from(*rest, n));
	if (rest->len == 0 || rest->data[0] != '=')
		return "a word has no '='; write NAME=value, with blanks "
		    "between the settings, and a value with a blank in it in "
		    "single quotes: password='two words'";
	if (n == 0)
		return "a name is missing before '='";
	for (size_t i = 0; i < n; i++)
		if (!conn_key_char(out->data[i]))
			return "a setting's name has other characters than "
			    "a-z and '_'; write host=, port=, dbname=, user= "
			    "and so on, with blanks between the settings";
	*rest = conn_skip_blanks(bytes_from(*rest, 1));
	return NULL;
}

static const char *
conn_pairs_fault(struct bytes text)
{
	struct bytes rest = text, key;
	const char *fault = NULL;

	while (fault == NULL && (rest = conn_skip_blanks(rest)).len > 0) {
		struct bytes value;

		fault = conn_skip_key(&rest, &key);
		if (fault != NULL)
			break;
		value = rest;
		fault = conn_skip_value(&rest);
		value.len -= rest.len;
		if (fault == NULL && !bytes_is(key, "password") &&
		    value.len > 0 && value.data[0] != '\'' &&
		    memchr(value.data, ';', value.len) != NULL)
			fault = "a value has ';' in it; write blanks between "
			    "the settings";
	}
	return fault;
}

static const char *
conn_url_fault(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (conn_blank(text.data[i]))
			return "an address has a blank in it; write %20 for "
			    "one";
	return NULL;
}

const char *
conn_fault(struct bytes text)
{
	struct lookalike found;
	const char *fault;

	if (text.len == 0)
		return "it is empty";
	if (memchr(text.data, '\0', text.len) != NULL)
		return "it has a NUL byte in it; save it as plain text";
	if (memchr(text.data, '\n', text.len) != NULL ||
	    memchr(text.data, '\r', text.len) != NULL)
		return "it has more than one line; write the whole string in "
		    "one";
	if (lookalike_find(text, &found) && found.is_quote)
		return "it begins with a curly quote; leave the quotes out";
	fault = conn_prefix_fault(text);
	if (fault != NULL)
		return fault;
	if (bytes_has_prefix(text, "postgresql://") ||
	    bytes_has_prefix(text, "postgres://"))
		return conn_url_fault(text);
	return conn_pairs_fault(text);
}

/* --- the key ------------------------------------------------------------- */

/* Without white space around it: an editor's last line end, "\r" too. */
static void
conn_trim(struct secret *s)
{
	size_t begin = 0;

	while (s->len > 0 && conn_blank((char)s->data[s->len - 1]))
		s->len--;
	while (begin < s->len && conn_blank((char)s->data[begin]))
		begin++;
	s->len -= begin;
	memmove(s->data, s->data + begin, s->len);
	s->data[s->len] = '\0';
}

/* A change of it is noticed all the same. */
static enum status
store_leave_conn(struct config *c)
{
	struct stat file = { 0 };

	(void)stat(c->conn_path, &file);
	stamp_add(c, c->conn_path, &file);
	return ST_OK;
}

static enum status
store_read_conn(const struct config_value *v, const char *path,
    struct reason *why)
{
	struct config *c = v->x->config;
	const char *fault;
	struct stat file;
	enum status st = value_absolute(v->x, path, v->texts->line,
	    &c->conn_path, why);

	if (st == ST_OK && c->leaves_conn)
		return store_leave_conn(c);
	if (st == ST_OK)
		st = secret_read_file(v->x, &secret_of_store, c->conn_path,
		    v->texts->line, &c->conn, &file, why);
	if (st != ST_OK)
		return st;
	conn_trim(&c->conn);
	fault = conn_fault(secret_bytes(&c->conn));
	if (fault != NULL)
		return config_fail(c->path, v->texts->line, why, "store: the "
		    "connection string in %.150s cannot be used: %s",
		    c->conn_path, fault);
	stamp_add(c, c->conn_path, &file);
	return ST_OK;
}

_Static_assert(sizeof(enum config_store) == sizeof(int), "an enum is an int");

enum status
value_store(const struct config_value *v, void *out, struct reason *why)
{
	const char *file = v->x->config->path;
	struct bytes text = bytes_of(v->texts->text), kind;
	int line = v->texts->line;

	if (bytes_is(text, "sqlite")) {
		*(enum config_store *)out = CONFIG_SQLITE;
		return ST_OK;
	}
	/* nothing of the value is repeated: it may hold a password */
	if (!bytes_cut(&text, ':', &kind) || !bytes_is(kind, ON_POSTGRESQL)) {
		if (bytes_is(kind, ON_POSTGRESQL) || bytes_is(kind, "postgres"))
			return config_fail(file, line, why, "store: write "
			    "postgresql:file:PATH; that file has the "
			    "connection string");
		return config_fail(file, line, why, "store: write sqlite or "
		    "postgresql:file:PATH");
	}
	if (!bytes_has_prefix(text, FILE_PREFIX))
		return config_fail(file, line, why, "store: write "
		    "postgresql:file:PATH; the connection string, which may "
		    "hold a password, has no place in this file");
	*(enum config_store *)out = CONFIG_POSTGRESQL;
	return store_read_conn(v, text.data + sizeof(FILE_PREFIX) - 1, why);
}
