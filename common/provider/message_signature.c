#include "message_signature.h"

#include <inttypes.h>
#include <string.h>

#include "buf.h"

enum { BASE_MAX = 64 * 1024, NAME_MAX_LEN = 64, SHOWN_MAX = 60 };

static int
message_shown(struct bytes text)
{
	return (int)(text.len > SHOWN_MAX ? SHOWN_MAX : text.len);
}

/* --- components ---------------------------------------------------------- */

static struct bytes
component_method(const struct message *m, struct arena *a)
{
	(void)a;
	return m->method;
}

/* RFC 9421 2.2.3: in lower case, without the port where it is the usual one */
static struct bytes
component_authority(const struct message *m, struct arena *a)
{
	struct bytes host;

	if (message_headers(m, "host", &host) != 1)
		return BYTES_NONE;
	host = arena_copy(a, host);
	for (size_t i = 0; i < host.len; i++)
		((char *)(uintptr_t)host.data)[i] = ascii_lower(host.data[i]);
	if (bytes_has_suffix(host, ":443"))
		host.len -= strlen(":443");
	else if (bytes_has_suffix(host, ":80"))
		host.len -= strlen(":80");
	return host;
}

static struct bytes
component_target(const struct message *m, struct arena *a)
{
	(void)a;
	return m->target;
}

/* 2.2.2 */
static struct bytes
component_uri(const struct message *m, struct arena *a)
{
	const struct bytes parts[] = { BYTES("https://"),
		component_authority(m, a), m->target };

	return parts[1].data == NULL ? BYTES_NONE : arena_join(a, parts, 3);
}

/* 2.2.6 */
static struct bytes
component_path(const struct message *m, struct arena *a)
{
	struct bytes rest = m->target, path;

	(void)a;
	bytes_cut(&rest, '?', &path);
	return path.len == 0 ? BYTES("/") : path;
}

/* 2.2.7: with its '?', which is there even without a query */
static struct bytes
component_query(const struct message *m, struct arena *a)
{
	const char *at = memchr(m->target.data, '?', m->target.len);

	(void)a;
	return at == NULL ? BYTES("?") : bytes_from(m->target,
	    (size_t)(at - m->target.data));
}

static const struct {
	const char *name;
	bool needs_target;
	struct bytes (*value)(const struct message *m, struct arena *a);
} derived[] = {
	{ "@method", false, component_method },
	{ "@authority", false, component_authority },
	{ "@target-uri", true, component_uri },
	{ "@request-target", true, component_target },
	{ "@path", true, component_path },
	{ "@query", true, component_query },
};

enum { DERIVED = sizeof(derived) / sizeof(derived[0]) };

bool
message_component_known(struct bytes name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN ||
	    bytes_is(name, "signature") || bytes_is(name, "signature-input"))
		return false;
	for (size_t i = 0; i < DERIVED; i++)
		if (bytes_is(name, derived[i].name))
			return true;
	for (size_t i = 0; i < name.len; i++)
		if (!message_token_char(name.data[i]) || name.data[i] == '_' ||
		    name.data[i] != ascii_lower(name.data[i]))
			return false;
	return true;
}

/* 2.1: several lines are one value, with ", " between them */
static enum status
component_field(struct bytes name, const struct message *m, struct arena *a,
    struct bytes *out, struct reason *why)
{
	*out = message_header_list(m, arena_cstr(a, name), a);
	return out->data != NULL || arena_failed(a) ? ST_OK : fail(why,
	    ST_DENIED, "the header %.*s is signed and is not there",
	    message_shown(name), name.data);
}

static enum status
component_value(const struct structured_item *item, const struct message *m,
    struct arena *a, struct bytes *out, struct reason *why)
{
	struct bytes name = item->text;

	if (item->kind != STRUCTURED_STRING || item->params.len > 0 ||
	    !message_component_known(name))
		return fail(why, ST_DENIED, "the component %.*s%.*s is signed, "
		    "and cgihook does not know it", message_shown(item->raw),
		    item->raw.data, message_shown(item->params),
		    item->params.data);
	for (size_t i = 0; i < DERIVED; i++) {
		if (!bytes_is(name, derived[i].name))
			continue;
		if (!derived[i].needs_target || m->target.len > 0)
			*out = derived[i].value(m, a);
		return out->len > 0 || arena_failed(a) ? ST_OK : fail(why,
		    ST_DENIED, "%s is signed, and the request says nothing of "
		    "it", derived[i].name);
	}
	return component_field(name, m, a, out, why);
}

/* --- the base ------------------------------------------------------------ */

/* 3.1, 2.3: the list as it would be serialized, whatever blanks it came with */
static void
message_signature_params(const struct structured_item *input, struct buf *b)
{
	struct bytes rest = input->text, key;
	struct structured_item item;

	rest = rest.len == 0 ? BYTES_NONE : rest;
	buf_add_char(b, '(');
	while (rest.data != NULL && structured_next_item(&rest, &item)) {
		buf_add(b, item.raw);
		buf_add(b, item.params);
		if (rest.data != NULL)
			buf_add_char(b, ' ');
	}
	buf_add_char(b, ')');
	rest = input->params.len == 0 ? BYTES_NONE : input->params;
	while (rest.data != NULL && structured_next_param(&rest, &key, &item)) {
		buf_add_char(b, ';');
		buf_add(b, key);
		if (item.raw.len > 0 && !bytes_is(item.raw, "?1")) {
			buf_add_char(b, '=');
			buf_add(b, item.raw);
		}
	}
}

static enum status
message_signature_line(const struct structured_item *item,
    const struct message *m, struct arena *a, struct buf *b,
    struct reason *why)
{
	struct bytes value = BYTES_NONE;
	enum status st = component_value(item, m, a, &value, why);

	if (st == ST_OK && value.len > 0 &&
	    memchr(value.data, '\n', value.len) != NULL)
		st = fail(why, ST_DENIED, "%.*s is signed, and has more than "
		    "one line", message_shown(item->raw), item->raw.data);
	if (st != ST_OK)
		return st;
	buf_add_char(b, '"');
	buf_add(b, item->text);
	buf_add_str(b, "\": ");
	buf_add(b, value);
	buf_add_char(b, '\n');
	return ST_OK;
}

static enum status
message_signature_lines(const struct structured_item *input,
    const struct message *m, struct arena *a, struct buf *b,
    struct reason *why)
{
	struct bytes seen[MESSAGE_COMPONENTS_MAX];
	struct bytes rest = input->text.len == 0 ? BYTES_NONE : input->text;
	struct structured_item item;
	size_t n = 0;

	while (rest.data != NULL) {
		enum status st;

		if (!structured_next_item(&rest, &item) ||
		    n == MESSAGE_COMPONENTS_MAX)
			return fail(why, ST_DENIED, "the signature covers more "
			    "than %d components", MESSAGE_COMPONENTS_MAX);
		for (size_t i = 0; i < n; i++)
			if (bytes_equal(seen[i], item.text))
				return fail(why, ST_DENIED, "the signature "
				    "covers %.*s twice",
				    message_shown(item.raw), item.raw.data);
		seen[n++] = item.text;
		st = message_signature_line(&item, m, a, b, why);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

enum status
message_signature_base(const struct structured_item *input,
    const struct message *m, struct arena *a, struct bytes *out,
    struct reason *why)
{
	struct buf b = BUF(BASE_MAX);
	enum status st = message_signature_lines(input, m, a, &b, why);

	if (st != ST_OK) {
		buf_free(&b);
		return arena_verdict(a, st, why);
	}
	buf_add_str(&b, "\"@signature-params\": ");
	message_signature_params(input, &b);
	*out = buf_take(&b, a);
	return out->data != NULL || arena_failed(a) ?
	    arena_verdict(a, ST_OK, why) : fail(why, ST_DENIED, "what is "
	    "signed has more than %d bytes", BASE_MAX);
}

struct bytes
message_signature_components(struct bytes base)
{
	const char *end = base.len == 0 ? NULL :
	    memrchr(base.data, '\n', base.len);

	return end == NULL ? BYTES("") : (struct bytes){ base.data,
	    (size_t)(end - base.data) + 1 };
}

/* --- which signature ----------------------------------------------------- */

bool
message_covers(const char *covers, struct bytes name)
{
	struct bytes rest = bytes_of(covers), one;

	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &one);
		if (bytes_equal(one, name))
			return true;
	}
	return false;
}

static bool
message_input_has(const struct structured_item *input, struct bytes name)
{
	struct bytes rest = input->text.len == 0 ? BYTES_NONE : input->text;
	struct structured_item item;

	while (rest.data != NULL && structured_next_item(&rest, &item))
		if (item.kind == STRUCTURED_STRING && item.params.len == 0 &&
		    bytes_equal(item.text, name))
			return true;
	return false;
}

/* What it must cover and does not; absent: nothing. */
static struct bytes
message_input_lacks(const struct structured_item *input, const char *covers)
{
	struct bytes rest = bytes_of(covers), one;

	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &one);
		if (one.len > 0 && !message_input_has(input, one))
			return one;
	}
	return BYTES_NONE;
}

/* A parameter; of kind STRUCTURED_LIST where it is not there. */
static struct structured_item
message_input_param(const struct structured_item *input, const char *name)
{
	struct bytes rest = input->params.len == 0 ? BYTES_NONE :
	    input->params, key;
	struct structured_item item, found = { .kind = STRUCTURED_LIST };

	while (rest.data != NULL && structured_next_param(&rest, &key, &item))
		if (bytes_is(key, name))
			found = item;	/* RFC 8941 4.2.3.2: the last */
	return found;
}

/* Whether it is one that counts; else *why says what it lacks. */
static bool
message_input_counts(const struct structured_item *input, const char *covers,
    const char *algorithm, struct reason *why)
{
	struct structured_item alg = message_input_param(input, "alg");
	struct bytes lacks = message_input_lacks(input, covers);

	if (lacks.data != NULL) {
		(void)fail(why, ST_DENIED, "no signature covers %.*s, which "
		    "must be signed", (int)lacks.len, lacks.data);
		return false;
	}
	if (alg.kind != STRUCTURED_LIST && (alg.kind != STRUCTURED_STRING ||
	    !bytes_is(alg.text, algorithm))) {
		(void)fail(why, ST_DENIED, "the signature's alg is %.*s, and "
		    "must be \"%s\"", message_shown(alg.raw), alg.raw.data,
		    algorithm);
		return false;
	}
	return true;
}

/* Both headers, of one line or several. */
static enum status
message_signature_field(const char *name, const struct message *m,
    struct arena *a, struct bytes *out, struct reason *why)
{
	*out = message_header_list(m, name, a);
	if (arena_failed(a))
		return arena_verdict(a, ST_OK, why);
	if (out->len == 0)
		return fail(why, ST_DENIED, "there is no %s header: does the "
		    "sender know the secret?", name);
	if (out->len > MESSAGE_FIELD_MAX)
		return fail(why, ST_DENIED, "%s is longer than %d bytes", name,
		    MESSAGE_FIELD_MAX);
	return ST_OK;
}

static enum status
message_not_well_formed(const char *name, struct reason *why)
{
	return fail(why, ST_DENIED, "%s is not a dictionary as RFC 8941 has it",
	    name);
}

static enum status
message_signature_choose(struct bytes rest, const char *covers,
    const char *algorithm, struct message_signature *out, struct reason *why)
{
	struct structured_item input;
	bool found = false;
	struct bytes label;

	(void)fail(why, ST_DENIED, "signature-input has no list");
	for (int n = 0; rest.data != NULL; n++) {
		if (n == MESSAGE_SIGNATURES_MAX)
			return fail(why, ST_DENIED, "there are more than %d "
			    "signatures", MESSAGE_SIGNATURES_MAX);
		if (!structured_next_member(&rest, &label, &input))
			return message_not_well_formed("signature-input", why);
		if (found && bytes_equal(label, out->label))
			return fail(why, ST_MALFORMED, "signature-input has "
			    "more than one %.*s", message_shown(label),
			    label.data);
		if (found || input.kind != STRUCTURED_LIST ||
		    !message_input_counts(&input, covers, algorithm, why))
			continue;
		out->label = label;
		out->input = input;
		found = true;
	}
	return found ? ST_OK : ST_DENIED;
}

static enum status
message_signature_take(struct bytes rest, struct message_signature *out,
    struct reason *why)
{
	struct structured_item item;
	struct bytes label;

	out->text = BYTES_NONE;
	while (rest.data != NULL) {
		if (!structured_next_member(&rest, &label, &item))
			return message_not_well_formed("signature", why);
		if (!bytes_equal(label, out->label))
			continue;
		if (out->text.data != NULL)
			return fail(why, ST_MALFORMED, "signature has more "
			    "than one %.*s", message_shown(label), label.data);
		out->text = item.kind == STRUCTURED_BYTES ? item.text :
		    BYTES("");
	}
	return out->text.data != NULL ? ST_OK : fail(why, ST_DENIED,
	    "signature has no %.*s, which signature-input describes",
	    message_shown(out->label), out->label.data);
}

static enum status
message_signature_times(struct message_signature *out, struct reason *why)
{
	struct structured_item created = message_input_param(&out->input,
	    "created"), expires = message_input_param(&out->input, "expires");
	struct structured_item nonce = message_input_param(&out->input,
	    "nonce");

	out->expires = BYTES_NONE;
	out->nonce = nonce.kind != STRUCTURED_LIST ? nonce.raw : BYTES_NONE;
	if (created.kind == STRUCTURED_LIST)
		return fail(why, ST_DENIED, "the signature has no created, "
		    "which says when it was made");
	out->created = created.raw;
	if (expires.kind != STRUCTURED_LIST)
		out->expires = expires.raw;
	if (created.kind != STRUCTURED_NUMBER || (out->expires.data != NULL &&
	    expires.kind != STRUCTURED_NUMBER))
		return fail(why, ST_DENIED, "the signature's %s is not a "
		    "number of seconds", created.kind != STRUCTURED_NUMBER ?
		    "created" : "expires");
	return ST_OK;
}

enum status
message_signature_find(const char *covers, const char *algorithm,
    const struct message *m, struct arena *a, struct message_signature *out,
    struct reason *why)
{
	struct message_signature found = { .label = BYTES_NONE };
	struct reason own = { "" };
	struct bytes input, text;
	enum status st;

	st = message_signature_field("signature", m, a, &text, &own);
	if (st == ST_OK)
		st = message_signature_field("signature-input", m, a, &input,
		    &own);
	if (st == ST_OK)
		st = message_signature_choose(input, covers, algorithm, &found,
		    &own);
	if (st == ST_OK)
		st = message_signature_take(text, &found, &own);
	if (st == ST_OK)
		st = message_signature_times(&found, &own);
	if (st != ST_OK)
		return fail(why, st, "%s", own.text);
	*out = found;
	return ST_OK;
}

/* --- making one ---------------------------------------------------------- */

struct bytes
message_signature_input(const char *covers, const char *algorithm,
    int64_t now_s, struct arena *a)
{
	struct bytes rest = bytes_of(covers), one;
	struct buf b = BUF(BASE_MAX);

	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &one);
		buf_printf(&b, "%s\"%.*s\"", b.len == 0 ? "(" : " ",
		    (int)one.len, one.data);
	}
	buf_printf(&b, ");created=%" PRId64 ";alg=\"%s\"", now_s, algorithm);
	return buf_take(&b, a);
}
