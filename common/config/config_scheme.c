#include "config_scheme.h"

#include <string.h>

#include "recipe.h"

/* A value as it is written; the fallback without it. */
static const char *
scheme_copy(const struct draft *d, const char *key, const char *fallback)
{
	return arena_cstr(&d->job->x.config->arena, bytes_of(draft_text(d, key,
	    fallback)));
}

/* A token with a word before it is what Authorization is made for. */
static enum status
scheme_header(const struct draft *d, bool token, struct scheme *out)
{
	const char *text = draft_text(d, "header", NULL);

	if (token && strchr(out->element, '%') == NULL)
		return text == NULL ? ST_OK : draft_refuse(d, "header",
		    "element = %s looks at the address; leave the line out",
		    out->element);
	if (text == NULL && token && strchr(out->element, ' ') != NULL)
		text = "authorization";
	if (text == NULL)
		return draft_refuse(d, "header", "source %s does not say which "
		    "header has the %s; add it, like header = %s",
		    d->source->name, token ? "secret" : "signature",
		    token ? "X-Token" : "X-Signature");
	return draft_header(d, "header", bytes_of(text), &out->header);
}

static enum status
scheme_separator(const struct draft *d, struct scheme *out)
{
	const char *text = draft_text(d, "separator", NULL);

	if (text == NULL)
		return ST_OK;
	if (strlen(text) != 1)
		return draft_refuse(d, "separator", "write the one character "
		    "that is between two elements, like \",\"");
	out->separator = text[0];
	return ST_OK;
}

/* Names of headers as they are compared: in lower case. */
static const char *
scheme_signed(const struct draft *d)
{
	const char *text = scheme_copy(d, "signed", "{body}");

	for (char *at = strstr(text, "{header:"); at != NULL;
	    at = strstr(at, "{header:"))
		for (at++; *at != '}' && *at != '\0'; at++)
			*at = ascii_lower(*at);
	return text;
}

static enum status
scheme_of_token(const struct draft *d, struct scheme *out)
{
	static const char *const signing[] = { "separator", "algorithm",
		"secret_encoding", "signed", "time" };

	for (size_t i = 0; i < sizeof(signing) / sizeof(signing[0]); i++)
		if (draft_has(d, signing[i]))
			return draft_refuse(d, signing[i], "provider %s "
			    "compares the secret, and nothing is signed; leave "
			    "the line out", d->source->provider->name);
	out->name = "token";
	out->algorithm = SCHEME_TOKEN;
	return ST_OK;
}

static enum status
scheme_of_signature(const struct draft *d, struct scheme *out)
{
	int algorithm, encoding;
	enum status st = draft_word(d, "algorithm", &algorithm);

	if (st == ST_OK)
		st = draft_word(d, "secret_encoding", &encoding);
	if (st == ST_OK)
		st = scheme_separator(d, out);
	if (st == ST_OK)
		st = draft_places(d, "time", PLACE_HEADER | PLACE_ELEMENT,
		    &out->time);
	if (st != ST_OK)
		return st;
	out->name = "signature";
	out->algorithm = (enum scheme_algorithm)algorithm;
	out->encoding = (enum secret_encoding)encoding;
	out->signed_text = scheme_signed(d);
	return ST_OK;
}

/* The components in lower case, with blanks between. */
static const char *
scheme_covers(const struct draft *d)
{
	const struct config_entry *e = section_entry(d->from, "covers");
	struct arena *a = &d->job->x.config->arena;
	struct bytes all = BYTES("");

	for (size_t i = 0; i < e->count; i++)
		all = arena_printf(a, "%s%s%s", arena_cstr(a, all),
		    i == 0 ? "" : " ", e->texts[i].text);
	for (size_t i = 0; i < all.len; i++)
		((char *)(uintptr_t)all.data)[i] = ascii_lower(all.data[i]);
	return arena_cstr(a, all);
}

/* RFC 9421 says the rest. */
static enum status
scheme_of_message(const struct draft *d, struct scheme *out)
{
	static const char *const others[] = { "header", "element", "separator",
		"signed", "time" };
	const struct scheme *common = d->source->provider->recipe->schemes;
	int algorithm, encoding;
	enum status st;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (draft_has(d, others[i]))
			return draft_refuse(d, others[i], "RFC 9421 says it "
			    "for provider %s; leave the line out",
			    d->source->provider->name);
	st = draft_word(d, "algorithm", &algorithm);
	if (st == ST_OK)
		st = draft_word(d, "secret_encoding", &encoding);
	if (st != ST_OK)
		return st;
	*out = *common;
	out->algorithm = (enum scheme_algorithm)algorithm;
	out->encoding = (enum secret_encoding)encoding;
	if (draft_has(d, "covers"))
		out->covers = scheme_covers(d);
	return ST_OK;
}

enum status
config_scheme(const struct draft *d, bool token, struct scheme *out)
{
	struct scheme s = SCHEME_END;
	enum status st;

	if (d->source->provider->recipe->schemes[0].covers != NULL)
		return scheme_of_message(d, out);
	if (draft_has(d, "covers"))
		return draft_refuse(d, "covers", "provider %s signs no HTTP "
		    "message; leave the line out", d->source->provider->name);
	s.element = scheme_copy(d, "element", token ? "%token" : "%hex");
	st = scheme_header(d, token, &s);
	if (st == ST_OK)
		st = token ? scheme_of_token(d, &s) :
		    scheme_of_signature(d, &s);
	if (st == ST_OK)
		*out = s;
	return st;
}
