#include "config_secret.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_env.h"
#include "config_input.h"
#include "crypto.h"
#include "lookalike.h"

/*
 * A web server sets these from a request: in a CGI program's environment, the
 * sender chooses their values (RFC 3875 4.1).
 */
static const char *const senders_names[] = {
	"HTTP_", "QUERY_STRING", "PATH_INFO", "PATH_TRANSLATED", "CONTENT_",
	"REQUEST_", "REMOTE_", "SCRIPT_", "AUTH_TYPE", NULL
};

static bool
secret_is_senders(const char *name)
{
	size_t i;

	for (i = 0; senders_names[i] != NULL; i++)
		if (strncmp(name, senders_names[i],
		    strlen(senders_names[i])) == 0)
			return true;
	return false;
}

/* "token", or a name that ends in such a word: webhook_token, api-key. */
static bool
secret_is_secrets_name(struct bytes name)
{
	static const char *const words[] = { "secret", "token", "key",
		"password" };
	struct bytes last = name;

	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == '_' || name.data[i] == '-')
			last = bytes_from(name, i + 1);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_is(last, words[i]))
			return true;
	return false;
}

/* WEBHOOK: in capitals, as variables are written; any name if exported. */
static bool
secret_is_variables_name(struct bytes name, bool exported)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c != '_' && (!ascii_alnum(c) ||
		    (c >= 'a' && c <= 'z' && !exported)))
			return false;
	}
	return exported ? name.len > 0 :
	    name.len >= 3 && name.data[0] >= 'A' && name.data[0] <= 'Z';
}

static bool
secret_is_assignment(struct bytes line)
{
	bool exported;
	struct bytes value = bytes_trim(line), name;

	exported = bytes_has_prefix(value, "export ");
	if (exported)
		value = bytes_trim(bytes_from(value, sizeof("export ") - 1));
	if (!bytes_cut(&value, '=', &name) || bytes_trim(value).len == 0 ||
	    value.data[0] == '=')
		return false;
	name = bytes_trim(name);
	return secret_is_variables_name(name, exported) ||
	    secret_is_secrets_name(name);
}

/* Whether any line is NAME=value, as in a file for a shell. */
static bool
secret_has_name(const struct secret *s)
{
	struct bytes rest = secret_bytes(s), line;

	while (rest.data != NULL) {
		bytes_cut(&rest, '\n', &line);
		if (secret_is_assignment(line))
			return true;
	}
	return false;
}

/* Such a secret is easy to guess; "\r" is an empty line of Windows. */
static bool
secret_is_blank(struct bytes value)
{
	for (size_t i = 0; i < value.len; i++)
		if (memchr(" \t\r\n\0", value.data[i], 5) == NULL)
			return false;
	return true;
}

const struct secret_kind secret_of_source = {
	.key = "secret", .name = "secret", .bom = "no sender has in its secret",
	.is_value = true
};

/* A secret is compared byte by byte, so anything that an editor or a habit adds
 * makes every request fail. where: the file or the variable. */
static enum status
secret_check_content(const struct value_context *x,
    const struct secret_kind *k, const char *where, int line,
    const struct secret *s, struct reason *why)
{
	const char *file = x->config->path;
	struct bytes value = secret_bytes(s);

	if (secret_is_blank(value))
		return config_fail(file, line, why, "%s: %.150s has nothing"
		    " but blanks; put the %s into it", k->key, where, k->name);
	if (lookalike_utf16(value))
		return config_fail(file, line, why, "%s: %.150s is UTF-16;"
		    " save it as plain text (ASCII or UTF-8)", k->key, where);
	if (bytes_has_prefix(value, "\xef\xbb\xbf"))
		return config_fail(file, line, why, "%s: %.150s begins with"
		    " a byte order mark (U+FEFF), which %s; save it as UTF-8"
		    " without one", k->key, where, k->bom);
	/* the message does not quote it: it may be part of the secret */
	if (k->is_value && secret_has_name(s))
		return config_fail(file, line, why, "%s: %.150s has the"
		    " form NAME=value; put the value alone into it", k->key,
		    where);
	return ST_OK;
}

static enum status
secret_read_env(const struct value_context *x, const char *name, int line,
    bool with_content, struct secret *out, struct reason *why)
{
	const char *file = x->config->path;
	const char *value;

	if (!value_env_name(name, strlen(name)))
		return config_fail(file, line, why, "secret: env: must be"
		    " followed by a variable's name: letters, digits and '_'");
	if (secret_is_senders(name))
		return config_fail(file, line, why, "secret: env:%.60s comes"
		    " from the request; a sender would choose it. Use another"
		    " name", name);
	if (!with_content)
		return ST_OK;
	value = getenv(name);
	if (value == NULL || value[0] == '\0')
		return config_fail(file, line, why, "secret: the environment"
		    " variable %.60s is %s; set it where the web server starts"
		    " this program", name,
		    value == NULL ? "not set" : "empty");
	out->len = strlen(value);
	if (out->len > SECRET_MAX)
		return config_fail(file, line, why, "secret: the environment"
		    " variable %.60s is longer than %d bytes", name,
		    SECRET_MAX);
	out->data = malloc(SECRET_MAX + 1);
	if (out->data == NULL)
		return fail(why, ST_BUSY, "no memory for a secret");
	memcpy(out->data, value, out->len + 1);
	if (secret_check_content(x, &secret_of_source, name, line, out, why) ==
	    ST_OK)
		return ST_OK;
	secret_wipe(out);
	return ST_CONFIG;
}

static enum status
secret_check_file(const struct value_context *x, const struct secret_kind *k,
    const char *path, int line, const struct secret *s, const struct stat *st,
    struct reason *why)
{
	const char *file = x->config->path;

	if ((st->st_mode & (S_IROTH | S_IWOTH)) != 0)
		return config_fail(file, line, why, "%s: others can %s"
		    " %.200s; run: chmod o-rw %.200s", k->key,
		    (st->st_mode & S_IROTH) != 0 ? "read" : "write",
		    path, path);
	if (s->len == 0)
		return config_fail(file, line, why, "%s: %.200s is empty;"
		    " put the %s into it", k->key, path, k->name);
	return ST_OK;
}

enum status
secret_read_file(const struct value_context *x, const struct secret_kind *k,
    const char *path, int line, struct secret *out, struct stat *st,
    struct reason *why)
{
	struct reason cause;
	enum status result;

	if (input_read(path, SECRET_MAX, &out->data, &out->len, st, &cause) !=
	    ST_OK)
		return config_fail(x->config->path, line, why, "%s: cannot"
		    " read %.150s: %.60s; correct the path or the permissions"
		    " (this is user %ld)", k->key, path, cause.text,
		    (long)geteuid());
	/* editors and echo(1) end a file with a newline that is not meant */
	if (out->len > 0 && out->data[out->len - 1] == '\n')
		out->len--;
	result = secret_check_file(x, k, path, line, out, st, why);
	if (result == ST_OK)
		result = secret_check_content(x, k, path, line, out, why);
	if (result != ST_OK)
		secret_wipe(out);
	return result;
}

enum status
secret_read(const struct value_context *x, const struct config_text *t,
    bool with_content, struct secret *out, const char **path, struct stat *st,
    struct reason *why)
{
	enum status result;

	out->data = NULL;
	out->len = 0;
	*path = NULL;
	if (strncmp(t->text, "env:", 4) == 0)
		return secret_read_env(x, t->text + 4, t->line, with_content,
		    out, why);
	if (strncmp(t->text, "file:", 5) != 0)
		return config_fail(x->config->path, t->line, why,
		    "secret: write file:PATH or env:NAME; the secret itself has"
		    " no place in this file");
	result = value_absolute(x, t->text + 5, t->line, path, why);
	if (result != ST_OK || !with_content)
		return result;
	return secret_read_file(x, &secret_of_source, *path, t->line, out, st,
	    why);
}

void
secret_wipe(struct secret *s)
{
	if (s->data != NULL)
		crypto_wipe(s->data, SECRET_MAX + 1);
	free(s->data);
	s->data = NULL;
	s->len = 0;
}
