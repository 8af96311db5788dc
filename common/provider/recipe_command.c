#include "recipe_command.h"

#include "buf.h"

enum { TEXT_MAX = 8192 };

/* A part as it came; <its name> where it did not. */
static struct bytes
command_part(const struct signature *sig, const struct scheme_part *part,
    size_t i, struct arena *a)
{
	struct bytes name = part->kind == PART_TIME ? BYTES("time") :
	    part->text;

	return sig->parts[i].data != NULL ? sig->parts[i] :
	    arena_printf(a, "<%.*s>", (int)name.len, name.data);
}

const char *
recipe_show_text(const struct signature *sig, struct arena *a)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(sig->scheme->signed_text, parts);
	struct buf b = BUF(TEXT_MAX);

	if (sig->scheme->covers != NULL)
		return arena_cstr(a, sig->parts[0]);
	for (size_t i = 0; i < n; i++)
		buf_add(&b, parts[i].kind == PART_BODY ?
		    BYTES("<the body>") : command_part(sig, &parts[i], i, a));
	return arena_cstr(a, buf_take(&b, a));
}

/* --- commands ------------------------------------------------------------ */

/* "-hmac KEY", and before it what makes the key. */
static const char *
command_key(const struct scheme *s, struct buf *b)
{
	switch (s->encoding) {
	case SECRET_RAW:
		break;
	case SECRET_BASE64:
		buf_add_str(b, "KEY=$(printf %s \"${SECRET#whsec_}\" | "
		    "openssl base64 -d -A |\n    od -An -vtx1 | "
		    "tr -d ' \\n')\n  ");
		return "-mac HMAC -macopt hexkey:\"$KEY\"";
	case SECRET_HEX:
		return "-mac HMAC -macopt hexkey:\"$SECRET\"";
	}
	return "-hmac \"$SECRET\"";
}

/* What is signed besides the body, as commands that write it. */
static void
command_add_text(const struct signature *sig, struct buf *b, struct arena *a)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(sig->scheme->signed_text, parts);
	const char *open = "printf '";

	buf_add_str(b, "{ ");
	for (size_t i = 0; i < n; i++) {
		if (parts[i].kind == PART_BODY) {
			buf_add_str(b, open[0] == '\0' ? "'; cat BODY; " :
			    "cat BODY; ");
			open = "printf '";
			continue;
		}
		buf_add_str(b, open);
		buf_add(b, trace_shell_word(command_part(sig, &parts[i], i,
		    a), a));
		open = "";
	}
	buf_add_str(b, open[0] == '\0' ? "'; } |\n    " : "} |\n    ");
}

static const char *
command_hash(const struct scheme *s)
{
	switch (scheme_hash(s)) {
	case HASH_SHA256: return "sha256";
	case HASH_SHA512: return "sha512";
	case HASH_SHA1: return "sha1";
	}
	return "";
}

void
recipe_command(const struct signature *sig, struct trace *t)
{
	const struct scheme *s = sig->scheme;
	struct scheme_part parts[SCHEME_PARTS_MAX];
	struct scheme_pattern p;
	struct buf b = BUF(TEXT_MAX);
	bool alone = scheme_parts(s->signed_text, parts) == 1;
	bool hex = signature_form(s) == MAC_HEX;
	const char *key;

	if (s->algorithm == SCHEME_ED25519 || s->covers != NULL ||
	    !scheme_pattern(bytes_of(s->element), &p))
		return;
	key = command_key(s, &b);
	if (!alone)
		command_add_text(sig, &b, t->arena);
	buf_printf(&b, "openssl dgst -%s %s%s%s%s", command_hash(s), key,
	    hex ? " -r" : " -binary", alone ? " BODY" : "",
	    hex ? "" : scheme_mac_len(s) > 48 ? " | openssl base64 -A" :
	    " | base64");
	if (p.before.len > 0)
		buf_printf(&b, "   # and %.*s in front", (int)p.before.len,
		    p.before.data);
	t->command = buf_take(&b, t->arena);
}
