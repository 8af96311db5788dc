#include "certificate.h"

#include "child.h"

enum { LOOK_MS = 40 * 1000 };

/* What the web server sends, in order: its own certificate, then the chain. */
struct certificates {
	unsigned long long count;	/* 0: not known */
	struct bytes subject, issuer, names, begins, ends;	/* its own */
};

static void
certificate_take(struct bytes line, const char *name, struct bytes *value)
{
	if (value->data == NULL && bytes_has_prefix(line, name))
		*value = bytes_trim(bytes_from(line, bytes_of(name).len));
}

/* By %{certs} of curl(1): "Subject:CN = me" and so on for each, in lines. curl
 * before 7.88 has none of that, and leaves everything absent. */
static struct certificates
certificate_look(struct cli *c, const char *url)
{
	const char *const argv[] = { "curl", "--silent", "--insecure", "--head",
		"--max-time", "30", "--output", "/dev/null", "--write-out",
		"%{num_certs}\n%{certs}", "--url", url, NULL };
	struct child_request r = { .argv = argv, .input = BYTES(""),
		.timeout_ms = LOOK_MS };
	struct certificates out = { .count = 0 };
	struct child_result result;
	struct bytes line, rest;
	struct reason why;

	if (child_run(&r, &c->arena, &result, &why) != ST_OK)
		return out;
	rest = result.output;
	if (!bytes_cut_line(&rest, &line) || !bytes_to_u64(line, &out.count))
		return out;
	while (bytes_cut_line(&rest, &line)) {
		certificate_take(line, "Subject:", &out.subject);
		certificate_take(line, "Issuer:", &out.issuer);
		certificate_take(line, "X509v3 Subject Alternative Name:",
		    &out.names);
		certificate_take(line, "Start date:", &out.begins);
		certificate_take(line, "Expire date:", &out.ends);
	}
	return out;
}

static const char *
certificate_text(struct cli *c, const char *before, struct bytes value,
    const char *after)
{
	if (value.data == NULL)
		value = BYTES("?");
	return arena_cstr(&c->arena, arena_printf(&c->arena, "%s%.*s%s", before,
	    (int)(value.len > 300 ? 300 : value.len), value.data, after));
}

static void
certificate_incomplete(struct cli *c, const struct certificates *s,
    struct certificate_fault *out)
{
	if (s->count > 1) {
		out->what = certificate_text(c, "its chain leads to no CA "
		    "that senders know; its issuer is ", s->issuer, "");
		out->mend = "get a certificate from a public CA, such as "
		    "Let's Encrypt";
		return;
	}
	out->what = certificate_text(c, "the web server sends it alone; the "
	    "intermediate one of its issuer, ", s->issuer, ", is missing");
	out->mend = "let the web server send the whole chain: fullchain.pem, "
	    "not cert.pem";
}

void
certificate_judge(struct cli *c, const char *url, int verdict,
    struct certificate_fault *out)
{
	struct certificates s = certificate_look(c, url);

	*out = (struct certificate_fault){ .mend = "renew it (certbot renew), "
	    "and reload the web server" };
	switch ((enum certificate_verdict)verdict) {
	case CERTIFICATE_NOT_YET:
		out->what = certificate_text(c, "it is valid only from ",
		    s.begins, " on");
		out->mend = "look at the clocks of this machine and of the "
		    "one that made it";
		return;
	case CERTIFICATE_EXPIRED:
		out->what = certificate_text(c, "it, or another one of its "
		    "chain, has expired; its own time ends on ", s.ends, "");
		return;
	case CERTIFICATE_SELF_SIGNED:
	case CERTIFICATE_PRIVATE_ROOT:
		out->what = verdict == CERTIFICATE_SELF_SIGNED ?
		    "it is self-signed" : certificate_text(c, "it is of a CA "
		    "that senders do not know, ", s.issuer, "");
		out->mend = "get a certificate from a public CA, such as "
		    "Let's Encrypt";
		return;
	case CERTIFICATE_NO_ISSUER:
	case CERTIFICATE_NO_CHAIN:
		certificate_incomplete(c, &s, out);
		return;
	case CERTIFICATE_REVOKED:
		out->what = "it is revoked";
		return;
	case CERTIFICATE_WEAK_KEY:
	case CERTIFICATE_WEAK_CA:
	case CERTIFICATE_WEAK_HASH:
		out->what = "a key or a hash in its chain is too weak";
		return;
	}
	out->what = certificate_text(c, "it is for another name: ",
	    s.names.data != NULL ? s.names : s.subject, "");
	out->mend = "get one for the name in the address, or use the name "
	    "that it is for";
}
