#include "blind_body.h"

#include <string.h>
#include <strings.h>

#include "mac.h"
#include "provider.h"
#include "recipe.h"

/* How many quotes, colons and escapes there may be between a header's name and
 * the MAC. */
enum { QUOTES_MAX = 10 };

static bool
body_is_form(const struct message *m)
{
	struct bytes type;

	return message_headers(m, "content-type", &type) == 1 &&
	    (bytes_has_prefix_nocase(type, "application/x-www-form") ||
	    bytes_has_prefix_nocase(type, "multipart/"));
}

/* gzip and the like: what it unpacks to is not searched for secrets. */
static bool
body_is_packed(const struct message *m)
{
	struct bytes coding;

	(void)message_headers(m, "content-encoding", &coding);
	return coding.len > 0 && !bytes_is_nocase(coding, "identity");
}

static bool
body_begins_with_mac(struct bytes text)
{
	enum mac_form form;
	struct mac mac;
	size_t n = 0;

	while (n < text.len && (ascii_alnum(text.data[n]) ||
	    memchr("+/-_", text.data[n], 4) != NULL))
		n++;
	for (size_t pad = 0; pad <= 2 && n + pad <= text.len; pad++) {
		if (mac_read_any((struct bytes){ text.data, n + pad }, false,
		    &form, &mac))
			return true;
		if (n + pad == text.len || text.data[n + pad] != '=')
			break;
	}
	return false;
}

/* What a recipe has in front of a MAC, and the MAC. */
static bool
body_begins_with_element(struct bytes text, const struct recipe *recipe)
{
	for (const struct scheme *s = recipe->schemes; s->name != NULL; s++) {
		struct scheme_pattern p;
		struct bytes before;

		if (s->algorithm == SCHEME_TOKEN ||
		    !scheme_pattern(bytes_of(s->element), &p))
			continue;
		before = p.before;
		if (before.len > 0 && text.len >= before.len &&
		    strncasecmp(text.data, before.data, before.len) == 0 &&
		    body_begins_with_mac(bytes_from(text, before.len)))
			return true;
	}
	return false;
}

/* A header that has MACs, or an element with one. */
static bool
body_begins_with_signature(struct bytes text, const struct provider *p)
{
	if (p->recipe != NULL && body_begins_with_element(text, p->recipe))
		return true;
	for (const struct header_rule *r = p->headers; r->name != NULL; r++) {
		size_t len = strlen(r->name);

		if (r->kind != HEADER_SIGNATURE ||
		    !bytes_has_prefix_nocase(text, r->name))
			continue;
		for (size_t i = len; i <= len + QUOTES_MAX && i < text.len; i++)
			if (body_begins_with_mac(bytes_from(text, i)))
				return true;
	}
	return false;
}

bool
blind_body_kept(const struct message *m)
{
	if (body_is_form(m) || body_is_packed(m))
		return false;
	for (size_t i = 0; i < m->body.len; i++)
		for (const struct provider *const *p = provider_list();
		    *p != NULL; p++)
			if (body_begins_with_signature(bytes_from(m->body, i),
			    *p))
				return false;
	return true;
}
