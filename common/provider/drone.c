#include "drone.h"

#include "drone_sample.h"
#include "event.h"
#include "field.h"

/* Drone 1.0 to 2.28. What it sends is its core.WebhookData as JSON. */

/* --- decoding ------------------------------------------------------------ */

/* Before 1.2.2 the body does not say which event it is. The header does, but
 * nobody signs it, so it must agree with the objects in the body. */
static enum status
drone_old_event(struct event *e, struct bytes header, struct reason *why)
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
		e->named_by = "x-drone-event";
		return ST_OK;
	}
	return fail(why, ST_MALFORMED, "the body has neither event nor build, "
	    "repo, user");
}

static enum status
drone_read_words(const struct message *m, struct arena *a, struct event *e,
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
		st = drone_old_event(e, header, why);
	if (st == ST_OK)
		st = field_word(&e->doc, root, "action", a, &e->action, why);
	if (st == ST_OK)
		st = field_object(&e->doc, "build", &build, why);
	if (st == ST_OK)
		st = field_word(&e->doc, build, "status", a, &e->status, why);
	return st;
}

static struct bytes
drone_page(const struct event *e, struct bytes below, struct arena *a)
{
	struct bytes parts[] = {
		field_text(&e->doc, "system.proto", a), BYTES("://"),
		field_text(&e->doc, "system.host", a), BYTES("/"), below
	};

	return field_join(a, parts, sizeof(parts) / sizeof(parts[0]));
}

static void
drone_read_build(struct event *e, struct arena *a)
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
	e->url = drone_page(e, field_join(a, below, 3), a);
}

static enum status
drone_decode(const struct source *s, const struct message *m,
    const struct proof *proof, struct arena *a, struct event *e,
    struct reason *why)
{
	const struct json_node *build;
	enum status st = drone_read_words(m, a, e, why);

	(void)s;
	if (st != ST_OK)
		return st;
	e->project = field_text(&e->doc, "repo.slug", a);
	build = json_member(&e->doc, &e->doc.nodes[0], "build");
	if (build != NULL && build->type == JSON_OBJECT)
		drone_read_build(e, a);
	else if (e->project.data != NULL)
		e->url = drone_page(e, e->project, a);
	if (e->subject.data == NULL)
		e->subject = field_text(&e->doc, "repo.slug|user.login", a);
	if (proof == NULL)
		return ST_OK;
	return event_identify(e, 'm', proof->identity, a, why);
}

/* --- the table ----------------------------------------------------------- */

/* A build that waits is announced, and updated from then on. */
static const struct status_rule build_statuses[] = {
	{ "success", RESULT_SUCCESS, true, NULL },
	{ "failure", RESULT_FAILURE, true, NULL },
	{ "pending", RESULT_PENDING, false, "created" },
	{ "running", RESULT_RUNNING, false, NULL },
	{ "killed", RESULT_CANCELED, true, NULL },
	{ "error", RESULT_FAILURE, true, NULL },
	{ "skipped", RESULT_OTHER, true, NULL },
	{ "blocked", RESULT_PENDING, false, NULL },
	{ "declined", RESULT_CANCELED, true, NULL },
	{ "waiting_on_dependencies", RESULT_PENDING, false, NULL },
	{ NULL, RESULT_NONE, false, NULL }
};

ACTIONS(updated, "updated");
ACTIONS(created, "created");
ACTIONS(repo_actions, "enabled", "disabled", "created", "updated", "deleted");
ACTIONS(user_actions, "created", "updated", "deleted");

static const struct event_rule drone_events[] = {
	EVENT("build", false, updated, build_statuses,
	    DRONE_SAMPLE_BUILD_UPDATED),
	EVENT("build", false, created, build_statuses,
	    DRONE_SAMPLE_BUILD_CREATED),
	EVENT("repo", false, repo_actions, NULL, DRONE_SAMPLE_REPO),
	EVENT("user", false, user_actions, NULL, DRONE_SAMPLE_USER),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule drone_headers[] = {
	{ "date", HEADER_EXACT, false },
	{ "digest", HEADER_EXACT, false },
	{ "signature", HEADER_SIGNATURE, false },
	{ "authorization", HEADER_SIGNATURE, false },
	{ "x-drone-event", HEADER_TEXT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_drone = PROVIDER("drone", "Drone",
    TRAIT_KEY_ID, drone_headers, drone_events, drone_verify,
    drone_decode, drone_sign, drone_guess, drone_env, "repo.build", "build",
    "the server's environment, DRONE_WEBHOOK_SECRET",
    "its environment has DRONE_WEBHOOK_SKIP_VERIFY=true (skip_verify)");
