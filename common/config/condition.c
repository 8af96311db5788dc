#include "condition.h"

#include <fnmatch.h>
#include <string.h>

#include "event.h"
#include "near.h"

#define PAYLOAD "PAYLOAD_"

/* The variables that an event of any sender may have, and their words. The
 * event's number and what belongs to an attempt are not known when conditions
 * are evaluated. */
static const struct {
	const char *word, *name;
} neutral[] = {
	{ "source", "HOOK_SOURCE" },
	{ "provider", "HOOK_PROVIDER" },
	{ "event", "HOOK_EVENT" },
	{ "type", "HOOK_TYPE" },
	{ "action", "HOOK_ACTION" },
	{ "status", "HOOK_STATUS" },
	{ "result", "HOOK_RESULT" },
	{ "previous_result", "HOOK_PREVIOUS_RESULT" },
	{ "received_at", "HOOK_RECEIVED_AT" },
	{ "remote_addr", "HOOK_REMOTE_ADDR" },
	{ "subject", "HOOK_SUBJECT" },
	{ "project", "HOOK_PROJECT" },
	{ "branch", "HOOK_BRANCH" },
	{ "tag", "HOOK_TAG" },
	{ "commit", "HOOK_COMMIT" },
	{ "name", "HOOK_NAME" },
	{ "number", "HOOK_NUMBER" },
	{ "url", "HOOK_URL" },
	{ "author", "HOOK_AUTHOR" },
	{ "title", "HOOK_TITLE" },
};

enum { NEUTRAL_COUNT = sizeof(neutral) / sizeof(neutral[0]) };

/* --- reading -------------------------------------------------------------- */

static bool
condition_is_name(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		const char c = name.data[i];

		if (c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
		    (c < '0' || c > '9' || i == 0))
			return false;
	}
	return name.len > 0;
}

/* The name, the operator and the pattern; false: there is no operator. */
static bool
condition_split(struct bytes text, struct bytes *name, bool *differs,
    struct bytes *pattern)
{
	*pattern = text;
	if (!bytes_cut(pattern, '=', name) || pattern->data == NULL)
		return false;
	*differs = name->len > 0 && name->data[name->len - 1] == '!';
	if (*differs)
		name->len--;
	*name = bytes_trim(*name);
	*pattern = bytes_trim(*pattern);
	return true;
}

/* "branch" or "HOOK_BRANCH", and any value of a body. */
static bool
condition_is_known(struct bytes name)
{
	for (size_t i = 0; i < NEUTRAL_COUNT; i++)
		if (bytes_is(name, neutral[i].word) ||
		    bytes_is(name, neutral[i].name))
			return true;
	return bytes_has_prefix(name, PAYLOAD);
}

/* Where the ']' of the '[' at at is; 0: there is none. */
static size_t
condition_bracket_end(struct bytes p, size_t at)
{
	size_t i = at + 1;

	if (i < p.len && (p.data[i] == '!' || p.data[i] == '^'))
		i++;
	if (i < p.len && p.data[i] == ']')
		i++;
	for (; i < p.len; i++) {
		if (p.data[i] == ']')
			return i;
		if (p.data[i] == '\\')
			i++;
		else if (p.data[i] == '[' && i + 1 < p.len &&
		    strchr(":.=", p.data[i + 1]) != NULL) {
			const char kind = p.data[i + 1];

			for (i += 2; i + 1 < p.len && (p.data[i] != kind ||
			    p.data[i + 1] != ']'); i++)
				;
			i++;
		}
	}
	return 0;
}

/* Whether a pattern goes on with a second condition: "main, tag = x". */
static bool
condition_has_another(struct bytes p)
{
	struct bytes name;

	for (size_t at = 1, from = 0; at + 1 < p.len; at++) {
		if (p.data[at] != ' ') {
			from = p.data[at - 1] == ' ' ? at : from;
			continue;
		}
		name = (struct bytes){ p.data + from, at - from };
		if ((p.data[at + 1] == '=' || (at + 2 < p.len &&
		    p.data[at + 1] == '!' && p.data[at + 2] == '=')) &&
		    condition_is_known(name))
			return true;
	}
	return false;
}

/* Why fnmatch(3) would not match what is meant; NULL: it would. */
static const char *
condition_wrong_pattern(struct bytes p)
{
	const char first = p.len > 0 ? p.data[0] : '\0';

	if (p.len == 0)
		return "there is nothing to compare with; != * holds if there"
		    " is no such variable, = * if there is one";
	if (first == '=' || first == '~' || first == '!')
		return "the operators are = and !=; write ? for a '=', '~' or"
		    " '!' at the beginning of a value";
	if (p.len > 1 && (first == '"' || first == '\'') &&
	    p.data[p.len - 1] == first)
		return "leave out the quotes around the value: they would be a"
		    " part of it";
	if (condition_has_another(p))
		return "write each condition as a string of its own, with a"
		    " comma between two; write [=] for the character itself";
	for (size_t i = 0; i < p.len; i++) {
		if ((unsigned char)p.data[i] < ' ' || p.data[i] == 127)
			return "it has a control character";
		if (p.data[i] == '\\' && ++i == p.len)
			return "nothing follows the backslash at the end";
		if (p.data[i] != '[')
			continue;
		i = condition_bracket_end(p, i);
		if (i == 0)
			return "a [ has no ]; write [[] for the character"
			    " itself";
	}
	return NULL;
}

/* "branch" is HOOK_BRANCH. */
static const char *
condition_variable(struct bytes name, struct arena *a)
{
	for (size_t i = 0; i < NEUTRAL_COUNT; i++)
		if (bytes_is(name, neutral[i].word))
			return neutral[i].name;
	return arena_cstr(a, name);
}

static const char *
condition_text(struct bytes name, bool differs, struct bytes pattern,
    struct arena *a)
{
	const struct bytes parts[] = { name, differs ? BYTES(" != ") :
	    BYTES(" = "), pattern };

	return arena_cstr(a, arena_join(a, parts, 3));
}

/* HOOK_RESULT is one of a few words: whether the pattern matches one. */
static bool
condition_can_hold(const struct condition *c)
{
	if (c->name == NULL || c->pattern == NULL ||
	    strcmp(c->name, "HOOK_RESULT") != 0)
		return true;
	for (enum result r = RESULT_SUCCESS; r <= RESULT_OTHER; r++)
		if (fnmatch(c->pattern, result_name(r), 0) == 0)
			return true;
	return false;
}

enum status
condition_read(struct bytes text, struct arena *a, struct condition *out,
    struct reason *why)
{
	struct bytes name, pattern;
	const char *wrong;
	bool differs;

	if (text.len > CONDITION_LEN_MAX)
		return fail(why, ST_CONFIG, "it is longer than %d bytes",
		    CONDITION_LEN_MAX);
	if (!condition_split(text, &name, &differs, &pattern))
		return fail(why, ST_CONFIG, "write it as \"NAME = VALUE\" or"
		    " \"NAME != VALUE\"");
	if (!condition_is_name(name))
		return fail(why, ST_CONFIG, "a name has letters, digits and"
		    " '_', and does not begin with a digit");
	wrong = condition_wrong_pattern(pattern);
	if (wrong != NULL)
		return fail(why, ST_CONFIG, "%s", wrong);
	*out = (struct condition){
		.text = condition_text(name, differs, pattern, a),
		.name = condition_variable(name, a),
		.pattern = arena_cstr(a, pattern), .differs = differs };
	if (!condition_can_hold(out))
		return fail(why, ST_CONFIG, "HOOK_RESULT is success, failure,"
		    " canceled, running, pending or other; the sender's own"
		    " word is HOOK_STATUS");
	return arena_verdict(a, ST_OK, why);
}

/* --- names ---------------------------------------------------------------- */

/* A value of the body: its path in capitals. */
static bool
condition_is_payload(const char *name)
{
	const size_t len = sizeof(PAYLOAD) - 1;

	return strncmp(name, PAYLOAD, len) == 0 && name[len] != '\0' &&
	    strpbrk(name, "abcdefghijklmnopqrstuvwxyz") == NULL;
}

/* What was probably meant, or NULL. */
static const char *
condition_near(const char *name, const struct provider *p)
{
	enum { WORDS_MAX = 256 };
	const char *words[WORDS_MAX];
	const struct env_rule *r;
	size_t n = 0, i;

	for (i = 0; i < NEUTRAL_COUNT; i++) {
		words[n++] = neutral[i].word;
		words[n++] = neutral[i].name;
	}
	for (r = p->env; r->name != NULL && n < WORDS_MAX; r++)
		words[n++] = r->name;
	for (i = 0; i < n; i++)
		if (bytes_is_nocase(bytes_of(name), words[i]))
			return words[i];
	return near_word(name, words, n);
}

static bool
condition_is_there(const char *name, const struct provider *p)
{
	const struct env_rule *r;

	for (size_t i = 0; i < NEUTRAL_COUNT; i++)
		if (strcmp(name, neutral[i].name) == 0)
			return true;
	for (r = p->env; r->name != NULL; r++)
		if (strcmp(name, r->name) == 0)
			return true;
	return condition_is_payload(name);
}

enum status
condition_check_name(const struct condition *c, const struct provider *p,
    struct reason *why)
{
	static const char *const later[] = { "HOOK_ID", "HOOK_DELIVERY",
	    "HOOK_ATTEMPT", "HOOK_FENCE", "HOOK_RUN", "HOOK_OMITTED",
	    "HOOK_OMITTED_COUNT" };
	const char *near;

	if (condition_is_there(c->name, p))
		return ST_OK;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(c->name, later[i]) == 0)
			return fail(why, ST_CONFIG, "%s is not known before"
			    " the handler is to run", c->name);
	near = condition_near(c->name, p);
	if (near != NULL)
		return fail(why, ST_CONFIG, "no event of %s has %.60s; did you"
		    " mean %s?", p->title, c->name, near);
	return fail(why, ST_CONFIG, "no event of %s has %.60s; a value of the"
	    " body is PAYLOAD_ and its path in capitals, such as PAYLOAD_REF",
	    p->title, c->name);
}

bool
condition_excludes(const struct condition *a, const struct condition *b)
{
	const bool same = strcmp(a->pattern, b->pattern) == 0;

	if (strcmp(a->name, b->name) != 0)
		return false;
	if (a->differs != b->differs)
		return same;
	/* two values without a glob */
	return !a->differs && !same && strpbrk(a->pattern, "*?[\\") == NULL &&
	    strpbrk(b->pattern, "*?[\\") == NULL;
}
