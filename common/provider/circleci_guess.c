#include "circleci.h"

#include "guess_body.h"
#include "guess_mac.h"

enum { TEXTS_MAX = 24 };

/* The MAC of an element that is not "v1=…", said so if nothing else fits. */
static struct bytes
element_mac(struct bytes element, const char **words)
{
	struct bytes name, rest = element;

	*words = NULL;
	if (!bytes_cut(&rest, '=', &name) || name.len > 8) {
		*words = "v1= is missing in front of it";
		return element;
	}
	if (!bytes_is(name, "v1"))
		*words = "it is not called v1: CircleCI's is v1=…";
	return rest;
}

static size_t
guess_macs(struct bytes list, bool blind, struct guess_mac *macs,
    const char **names)
{
	size_t n = 0;
	struct bytes element;

	while (list.data != NULL && n < SIGNATURES_MAX) {
		bytes_cut(&list, ',', &element);
		element = element_mac(bytes_trim(element), &names[n]);
		n += guess_read_mac(element, blind, MAC_HEX, &macs[n]);
	}
	return n;
}

void
circleci_guess(const struct guess_case *c, struct guesses *out)
{
	struct guess_signed texts[TEXTS_MAX];
	struct guess_mac macs[SIGNATURES_MAX];
	const char *names[SIGNATURES_MAX + 1];
	struct guess_search s = { c, macs, 0, texts, 0 };
	struct bytes list;

	if (c->source->unsigned_allowed)
		return;
	list = message_header_list(c->m, "circleci-signature", c->arena);
	if (list.data == NULL) {
		guess_add(out, c->arena, "the request is not signed: the "
		    "webhook's form has no Secret token (Project Settings, "
		    "Webhooks, Edit)");
		return;
	}
	s.mac_count = guess_macs(list, c->m->blind, macs, names);
	if (s.mac_count == 0) {
		guess_add(out, c->arena, "the signature is not of 32 bytes: "
		    "it was cut, or is not CircleCI's v1=<64 hexadecimal "
		    "digits>");
		return;
	}
	while (s.text_count < TEXTS_MAX && guess_body(c->m->body, s.text_count,
	    c->arena, &texts[s.text_count].text,
	    &texts[s.text_count].words))
		s.text_count++;
	if (!guess_search(&s, out))
		return;
	for (size_t i = 0; i < s.mac_count; i++)
		if (names[i] != NULL)
			guess_add(out, c->arena, "the signature: %s",
			    names[i]);
}
