#include "provider.h"

#include <string.h>

#include "date.h"
#include "digest.h"
#include "drone_env.h"
#include "event.h"
#include "field.h"
#include "httpsig.h"

/* Drone 1.0 to 2.28: what it signs and how is in httpsig.c; what it sends is
 * its core.WebhookData as JSON. */

/* A signer's clock may be ahead of ours by so much: (created) has whole
 * seconds, and the draft does not let the future pass. */
enum { CREATED_SLACK_MS = 5000 };

/* --- verifying ----------------------------------------------------------- */

static enum status
check_params(const struct source *s, const struct httpsig *sig,
    struct reason *why)
{
	/* the MAC is of headers alone: the digest is what makes it the
	 * body's, the date what makes it this request's */
	if (!httpsig_covers(sig, "date"))
		return fail(why, ST_DENIED, "the Date header is not signed");
	if (!httpsig_covers(sig, "digest"))
		return fail(why, ST_DENIED, "the Digest header is not signed");
	if (s->key_id != NULL && !bytes_is(sig->key_id, s->key_id))
		return fail(why, ST_DENIED, "the signature's keyId is not the "
		    "source's key_id");
	return ST_OK;
}

static enum status
check_date(const struct source *s, const struct message *m, struct reason *why)
{
	struct bytes text;
	int64_t date_ms, age_ms;

	if (message_headers(m, "date", &text) != 1 ||
	    !date_parse_http(text, m->received_ms, &date_ms))
		return fail(why, ST_DENIED, "the Date header is no HTTP date");
	if (s->any_age)
		return ST_OK;
	age_ms = m->received_ms - date_ms;
	if (age_ms > s->max_age_ms)
		return fail(why, ST_DENIED, "the Date header is %lld s old, "
		    "more than max_age", (long long)(age_ms / 1000));
	if (-age_ms > s->max_age_ms)
		return fail(why, ST_DENIED, "the Date header is %lld s ahead, "
		    "more than max_age: a clock is wrong",
		    (long long)(-age_ms / 1000));
	return ST_OK;
}

/* What is signed, once it is known to be genuine. */
static enum status
check_signed(const struct source *s, const struct message *m,
    const struct httpsig *sig, struct reason *why)
{
	struct bytes digest;
	enum status st;

	/* it is signed, so there is one */
	(void)message_headers(m, "digest", &digest);
	st = digest_check(digest, m->body, why);
	if (st == ST_OK)
		st = check_date(s, m, why);
	if (st == ST_OK && !s->any_age)
		st = httpsig_check_times(sig, m->received_ms, CREATED_SLACK_MS,
		    why);
	return st;
}

static enum status
verify(const struct source *s, const struct message *m, struct arena *a,
    struct proof *out, struct reason *why)
{
	unsigned char mac[SHA256_LEN];
	struct httpsig sig;
	struct bytes params, text, identity;
	size_t index;
	enum status st;

	out->near = NEAR_NOT;
	st = httpsig_find(m, &params, why);
	if (st == ST_OK)
		st = httpsig_parse(params, m->blind, a, &sig, why);
	if (st == ST_OK)
		st = check_params(s, &sig, why);
	if (st == ST_OK)
		st = httpsig_signing_string(&sig, m, a, &text, why);
	if (st != ST_OK)
		return st;
	out->near = NEAR_SHAPE;
	st = source_find_secret(s, text, &sig.mac, 1, &index, mac, why);
	if (st != ST_OK)
		return st;
	out->near = NEAR_GENUINE;
	st = check_signed(s, m, &sig, why);
	if (st != ST_OK)
		return st;
	identity = arena_copy(a, (struct bytes){ (const char *)mac,
	    sizeof(mac) });
	*out = (struct proof){ index, identity, NEAR_GENUINE };
	return ST_OK;
}

/* --- decoding ------------------------------------------------------------ */

/* What a build's status means to every provider's handlers, and whether a
 * build in it has ended. */
static const struct build_status {
	const char *status;
	enum result result;
	bool ended;
} statuses[] = {
	{ "success", RESULT_SUCCESS, true },
	{ "failure", RESULT_FAILURE, true },
	{ "error", RESULT_FAILURE, true },
	{ "killed", RESULT_CANCELED, true },
	{ "declined", RESULT_CANCELED, true },
	{ "skipped", RESULT_OTHER, true },
	{ "running", RESULT_RUNNING, false },
	{ "pending", RESULT_PENDING, false },
	{ "blocked", RESULT_PENDING, false },
	{ "waiting_on_dependencies", RESULT_PENDING, false },
};

/* Before 1.2.2 the body does not say which event it is. The header does, is
 * not signed, and so has to fit the objects that are there. */
static enum status
event_of_old(struct event *e, struct bytes header, struct reason *why)
{
	static const char *const objects[] = { "build", "repo", "user" };
	const struct json_node *object;

	for (size_t i = 0; i < 3; i++) {
		enum status st = field_object(&e->doc, objects[i], &object,
		    why);

		if (st != ST_OK)
			return st;
		if (object == NULL)
			continue;
		if (!bytes_is(header, objects[i]))
			return fail(why, ST_MALFORMED, "the body has no event, "
			    "and is not what X-Drone-Event says");
		e->event = bytes_of(objects[i]);
		return ST_OK;
	}
	return fail(why, ST_MALFORMED, "the body has neither event nor build, "
	    "repo, user");
}

static enum status
read_words(const struct message *m, struct arena *a, struct event *e,
    struct reason *why)
{
	const struct json_node *root = &e->doc.nodes[0], *build;
	struct bytes header;
	enum status st;

	st = field_word(&e->doc, root, "event", a, &e->event, why);
	if (st == ST_OK)
		st = event_check_header(m, "x-drone-event", e->event, &header,
		    why);
	if (st == ST_OK && e->event.data == NULL)
		st = event_of_old(e, header, why);
	if (st == ST_OK)
		st = field_word(&e->doc, root, "action", a, &e->action, why);
	if (st == ST_OK)
		st = field_object(&e->doc, "build", &build, why);
	if (st == ST_OK)
		st = field_word(&e->doc, build, "status", a, &e->status, why);
	return st;
}

static struct bytes
page(const struct event *e, struct bytes below, struct arena *a)
{
	struct bytes parts[] = {
		field_text(&e->doc, "system.proto", a), BYTES("://"),
		field_text(&e->doc, "system.host", a), BYTES("/"), below
	};

	return field_join(a, parts, sizeof(parts) / sizeof(parts[0]));
}

static void
read_build(struct event *e, struct arena *a)
{
	const struct json_doc *d = &e->doc;
	struct bytes ref = field_text(d, "build.ref", a);
	struct bytes subject[] = { e->project, BYTES("#"),
	    field_text(d, "build.number", a) };
	struct bytes below[] = { e->project, BYTES("/"), subject[2] };

	e->name = BYTES("build");
	e->number = subject[2];
	e->branch = field_text(d, "build.target", a);
	if (e->branch.data == NULL)
		e->branch = field_behind(ref, "refs/heads/");
	e->tag = field_behind(ref, "refs/tags/");
	e->commit = field_text(d, "build.after", a);
	e->title = field_first_line(field_text(d, "build.message", a));
	e->author = field_text(d, "build.author_name|build.author_login", a);
	e->subject = field_join(a, subject, 3);
	e->url = page(e, field_join(a, below, 3), a);
}

/* NULL: one that is not known yet. */
static const struct build_status *
find_status(struct bytes status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (bytes_is(status, statuses[i].status))
			return &statuses[i];
	return NULL;
}

static void
read_status(struct event *e)
{
	const struct build_status *found = find_status(e->status);

	if (e->status.data != NULL)
		e->result = found != NULL ? found->result : RESULT_OTHER;
}

static bool
completes(struct bytes event, struct bytes status)
{
	const struct build_status *found = find_status(status);

	(void)event;
	return found != NULL && found->ended;
}

static enum status
decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	const struct json_node *build;
	enum status st = read_words(m, a, e, why);

	(void)s;
	if (st != ST_OK)
		return st;
	read_status(e);
	e->project = field_text(&e->doc, "repo.slug", a);
	build = json_member(&e->doc, &e->doc.nodes[0], "build");
	if (build != NULL && build->type == JSON_OBJECT)
		read_build(e, a);
	else if (e->project.data != NULL)
		e->url = page(e, e->project, a);
	if (e->subject.data == NULL)
		e->subject = field_text(&e->doc, "repo.slug|user.login", a);
	if (proof == NULL)
		return ST_OK;
	return event_identify(e, 'm', proof->identity, a, why);
}

static const struct header_rule headers[] = {
	{ "date", HEADER_EXACT },
	{ "digest", HEADER_EXACT },
	{ "signature", HEADER_SIGNATURE },
	{ "authorization", HEADER_SIGNATURE },
	{ "x-drone-event", HEADER_TEXT },
	{ NULL, HEADER_TEXT }
};

const struct provider provider_drone = {
	.name = "drone",
	.headers = headers,
	.has_key_id = true,
	.verify = verify,
	.decode = decode,
	.completes = completes,
	.env = drone_env,
	.copy = { "repo.build", "build" },
};
