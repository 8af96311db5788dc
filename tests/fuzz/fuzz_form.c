/*
 * Whatever a form is: it is refused, or it is JSON. Of its fields, which are
 * cut and decoded here in the plainest way, each is a member, in their order,
 * and there is no other; or the only one is payload, and is the text itself.
 */
#include <string.h>

#include "form.h"
#include "fuzz.h"
#include "json.h"

static struct bytes
plain_decode(struct bytes text, struct arena *a)
{
	char *out = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '%') {
			int high = hex_digit(text.data[i + 1]);
			int low = hex_digit(text.data[i + 2]);

			out[n++] = (char)(unsigned char)(high * 16 + low);
			i += 2;
		} else {
			out[n++] = text.data[i] == '+' ? ' ' : text.data[i];
		}
	}
	return (struct bytes){ out, n };
}

static bool
plain_next(struct bytes *rest, struct arena *a, struct bytes *name,
    struct bytes *value)
{
	size_t len = 0, cut = 0;

	while (rest->len > 0 && rest->data[0] == '&')
		*rest = bytes_from(*rest, 1);
	if (rest->len == 0)
		return false;
	while (len < rest->len && rest->data[len] != '&')
		len++;
	while (cut < len && rest->data[cut] != '=')
		cut++;
	*name = plain_decode((struct bytes){ rest->data, cut }, a);
	cut += cut < len;
	*value = plain_decode((struct bytes){ rest->data + cut, len - cut }, a);
	*rest = bytes_from(*rest, len);
	return true;
}

static void
check_members(struct bytes form, const struct json_doc *d, struct arena *a)
{
	const struct json_node *n = json_first(&d->nodes[0]);
	struct bytes name, value;

	for (; plain_next(&form, a, &name, &value);
	    n = json_next(d, &d->nodes[0], n)) {
		MUST(n != NULL && n->type == JSON_STRING);
		MUST(bytes_equal(json_key(d, n, a), name) ||
		    (name.len == 0 && n->key_len == 0));
		MUST(bytes_equal(json_text(d, n, a), value));
		MUST(is_utf8(name) && is_utf8(value));
	}
	MUST(n == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(256 << 20);
	struct bytes form = { (const char *)data, size }, rest, json;
	struct bytes name, value, none;
	struct json_doc d;

	if (size == 0)
		form = BYTES("");
	rest = form;
	if (form_to_json(form, &a, &json, NULL) == ST_OK) {
		if (plain_next(&rest, &a, &name, &value) &&
		    bytes_is(name, "payload") &&
		    !plain_next(&rest, &a, &name, &none)) {
			MUST(bytes_equal(json, value));
		} else {
			MUST(json_parse(json, &a, &d, NULL) == ST_OK);
			check_members(form, &d, &a);
		}
	}
	arena_free(&a);
	return 0;
}
