#include <stdio.h>

#include "vectors.h"

#define DIR "tests/vectors/drone/"
#define BODY "{\"event\":\"user\",\"action\":\"created\"," \
	"\"user\":{\"login\":\"spaceghost\"}}"

static const char *const SECRETS[] = { CAPTURE_SECRET, NULL };

/* What becomes of each capture that is not simply taken. */
static const struct {
	const char *name;
	enum status verified, received;
} REFUSED[] = {
	{ "craft-digest-not-signed", ST_DENIED, ST_DENIED },
	{ "craft-event-mismatch", ST_OK, ST_MALFORMED },
	{ "craft-stale-date-1h", ST_DENIED, ST_DENIED },
	{ "craft-tampered-body", ST_DENIED, ST_DENIED },
	{ "craft-wrong-secret", ST_DENIED, ST_DENIED },
	{ "variant-empty-secret", ST_DENIED, ST_DENIED },
};

static struct bytes
text_of(const struct json_doc *d, const struct json_node *object,
    const char *name, struct arena *a)
{
	return json_text(d, json_member(d, object, name), a);
}

static void
every_capture_has_its_documented_outcome(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone", SECRETS);
	const struct json_node *one;
	struct json_doc d;
	size_t count = 0;

	vector_json(a, DIR "index.json", &d);
	for (one = json_first(&d.nodes[0]); one != NULL;
	    one = json_next(&d, &d.nodes[0], one)) {
		struct bytes name = text_of(&d, one, "name", a), word;
		enum status verified = ST_OK, received = ST_OK;
		struct message m;
		struct event e;

		for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]);
		    i++) {
			if (!bytes_is(name, REFUSED[i].name))
				continue;
			verified = REFUSED[i].verified;
			received = REFUSED[i].received;
		}
		vector_http(a, arena_cstr(a, arena_printf(a, DIR "%.*s.http",
		    (int)name.len, name.data)), &m);
		assert_int_equal(vector_verify(s, &m, a), verified);
		assert_int_equal(vector_receive(s, &m, a, &e), received);
		count++;
		if (received != ST_OK)
			continue;
		word = text_of(&d, one, "event", a);
		if (word.data == NULL)	/* before 1.2.2 */
			word = text_of(&d, one, "x_drone_event", a);
		assert_true(bytes_equal(e.event, word));
		assert_true(bytes_equal(e.action,
		    text_of(&d, one, "action", a)));
		assert_true(bytes_equal(e.status,
		    text_of(&d, one, "status", a)));
		assert_true(e.has_dedupe);
	}
	assert_int_equal(count, 24);
}

static void
a_capture_under_an_empty_secret_is_genuine_under_it_alone(void **state)
{
	static const char *const empty[] = { "", NULL };
	struct arena *a = *state;
	struct vector_source v;
	struct message m;

	vector_http(a, DIR "variant-empty-secret.http", &m);
	assert_int_equal(vector_verify(vector_source(&v, "drone", empty), &m,
	    a), ST_OK);
	vector_http(a, DIR "user-created.http", &m);
	assert_int_equal(vector_verify(vector_source(&v, "drone", empty), &m,
	    a), ST_DENIED);
}

/* As the vectors' file says: its draft12 verdict, but for a digest that is not
 * signed or not the body's; hs2019 is taken, the key decides. */
static void
every_form_of_signature_has_the_drafts_verdict(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone", SECRETS);
	const struct json_node *forms, *one;
	struct json_doc d;
	size_t count = 0;

	vector_json(a, DIR "signature-forms.json", &d);
	forms = json_path(&d, BYTES("forms"));
	for (one = json_first(forms); one != NULL;
	    one = json_next(&d, forms, one), count++) {
		struct bytes verdict = text_of(&d, one, "draft12", a);
		bool good = !bytes_is(verdict, "reject");
		struct message m;

		vector_message(a, text_of(&d, one, "headers", a),
		    json_text(&d, json_path(&d, BYTES("body")), a), &m);
		m.received_ms = vector_time("Sun, 22 Nov 2026 04:33:00 GMT");
		if ((vector_verify(s, &m, a) == ST_OK) != good)
			fail_msg("%s", vector_cstr(a, text_of(&d, one, "name",
			    a)));
	}
	assert_int_equal(count, 20);
}

/* --- requests of our own -------------------------------------------------- */

/* A request with these headers and BODY, signed over text with more parameters
 * behind the MAC; %D in headers and text stands for the digest. */
static void
signed_message(struct arena *a, const char *headers, const char *text,
    const char *params, const char *body, struct message *m)
{
	unsigned char hash[SHA256_LEN];
	char digest[45], filled[2][2048];
	const char *const in[2] = { headers, text };

	assert_int_equal(sha256(bytes_of(body), hash), ST_OK);
	base64_encode(hash, sizeof(hash), digest);
	for (int i = 0; i < 2; i++) {
		const char *at = strstr(in[i], "%D");

		if (at == NULL)
			snprintf(filled[i], sizeof(filled[i]), "%s", in[i]);
		else
			snprintf(filled[i], sizeof(filled[i]),
			    "%.*sSHA-256=%s%s", (int)(at - in[i]), in[i],
			    digest, at + 2);
	}
	vector_message(a, arena_printf(a, "%sSignature: keyId=\"k\","
	    "signature=\"%s\"%s\n", filled[0],
	    vector_sign(a, bytes_of(filled[1])), params), bytes_of(body), m);
}

#define HEADERS "Date: " CAPTURE_TIME "\nDigest: %D\n"
#define TEXT "date: " CAPTURE_TIME "\ndigest: %D"
#define LIST ",headers=\"date digest\""

static enum status
verdict(struct arena *a, const char *headers, const char *text,
    const char *params)
{
	struct vector_source v;
	struct message m;

	signed_message(a, headers, text, params, BODY, &m);
	return vector_verify(vector_source(&v, "drone", SECRETS), &m, a);
}

static void
takes_more_headers_than_drone_signs(void **state)
{
	struct arena *a = *state;

	assert_int_equal(verdict(a, HEADERS, TEXT, LIST), ST_OK);
	assert_int_equal(verdict(a, HEADERS "Host: h\n",
	    "(request-target): post /hooks/drone\nhost: h\n" TEXT,
	    ",headers=\"(request-target) host date digest\""), ST_OK);
	assert_int_equal(verdict(a, HEADERS,
	    TEXT "\n(created): 1795321000\n(expires): 1795329999",
	    ",created=1795321000,expires=1795329999,"
	    "headers=\"date digest (created) (expires)\""), ST_OK);
}

static void
refuses_what_is_not_signed_as_listed(void **state)
{
	static const struct {
		const char *headers, *text, *params;
	} cases[] = {
		{ HEADERS, TEXT "\n", LIST },
		{ HEADERS, TEXT, ",headers=\"digest date\"" },
		{ HEADERS, TEXT, ",headers=\"date\"" },
		{ HEADERS, TEXT, "" },
		{ HEADERS, TEXT, ",headers=date digest" },
		{ HEADERS, "date: " CAPTURE_TIME, ",headers=\"date\"" },
		{ HEADERS, "digest: %D", ",headers=\"digest\"" },
		{ HEADERS, "", ",headers=\"\"" },
		{ HEADERS "Host: h\n", "host: x\n" TEXT,
		    ",headers=\"host date digest\"" },
		{ HEADERS, TEXT "\nhost: h", ",headers=\"date digest host\"" },
		{ HEADERS, "(request-target): POST /hooks/drone\n" TEXT,
		    ",headers=\"(request-target) date digest\"" },
		{ HEADERS, "(request-target): post /hooks/Drone\n" TEXT,
		    ",headers=\"(request-target) date digest\"" },
		{ HEADERS, TEXT, LIST ",algorithm=\"hmac-sha512\"" },
		{ HEADERS, TEXT, LIST ",keyId=\"k\"" },
		/* draft 2.3 */
		{ HEADERS, TEXT "\n(created): 1795321000",
		    ",algorithm=\"hmac-sha256\",created=1795321000,"
		    "headers=\"date digest (created)\"" },
		/* not there, or not in time: 04:38:00 is 1795322280 */
		{ HEADERS, TEXT "\n(created): 1795321000",
		    ",headers=\"date digest (created)\"" },
		{ HEADERS, TEXT, LIST ",created=1795322300" },
		{ HEADERS, TEXT, LIST ",expires=1795322279" },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(verdict(a, cases[i].headers, cases[i].text,
		    cases[i].params), ST_DENIED);
}

static void
refuses_a_deciding_header_that_comes_twice(void **state)
{
	static const char *const twice[] = {
		HEADERS "Date: " CAPTURE_TIME "\n", HEADERS "Digest: %D\n",
		HEADERS "Digest: x\n", HEADERS "Signature: x\n",
		HEADERS "date: Sun, 22 Nov 2026 04:37:00 GMT\n",
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
		assert_int_equal(verdict(a, twice[i], TEXT, LIST),
		    ST_MALFORMED);
	assert_int_equal(verdict(a, HEADERS "Host: a\nHost: a\n",
	    TEXT "\nhost: a", ",headers=\"date digest host\""), ST_MALFORMED);
	/* as other servers join them, it does not fit */
	assert_int_equal(verdict(a,
	    "Date: " CAPTURE_TIME ", " CAPTURE_TIME "\nDigest: %D\n", TEXT,
	    LIST), ST_DENIED);
}

static void
lets_the_date_differ_by_max_age_either_way(void **state)
{
	static const struct {
		const char *date;
		enum status st;
	} cases[] = {
		{ "Sun, 22 Nov 2026 04:33:00 GMT", ST_OK },
		{ "Sun, 22 Nov 2026 04:32:59 GMT", ST_DENIED },
		{ "Sun, 22 Nov 2026 04:43:00 GMT", ST_OK },
		{ "Sun, 22 Nov 2026 04:43:01 GMT", ST_DENIED },
		{ "Sunday, 22-Nov-26 04:38:00 GMT", ST_OK },
		{ "Sun Nov 22 04:38:00 2026", ST_OK },
		{ "Sun, 22 Nov 2026 04:38:00 UTC", ST_OK },
		{ "Sun,  22 Nov 2026 04:38:00 GMT", ST_DENIED },
		{ "2026-11-22T04:38:00Z", ST_DENIED },
		{ "1795322280", ST_DENIED }, { "", ST_DENIED },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", ST_DENIED },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", ST_DENIED },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char headers[200], text[200];

		snprintf(headers, sizeof(headers), "Date: %s\nDigest: %%D\n",
		    cases[i].date);
		snprintf(text, sizeof(text), "date: %s\ndigest: %%D",
		    cases[i].date);
		assert_int_equal(verdict(a, headers, text, LIST), cases[i].st);
	}
}

static void
takes_any_of_its_secrets_and_says_which(void **state)
{
	static const char *const secrets[] = { "new", CAPTURE_SECRET, "old",
	    NULL };
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone", secrets);
	struct reason why = { "" };
	struct proof proof;
	struct message m;

	vector_http(a, DIR "build-created-push.http", &m);
	assert_int_equal(event_verify(s, &m, a, NULL, &proof, &why), ST_OK);
	assert_int_equal(proof.secret_index, 1);
	v.source.secret_count = 1;
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
	v.source.secret_count = 0;
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
}

static void
the_key_is_the_secrets_text_and_not_what_its_hex_means(void **state)
{
	static const char *const secrets[] = { "\xbe\xa2\x6a\x22\x21\xfd\x80"
	    "\x90\xea\x38\x72\x0f\xc4\x45\xec\xa6", CAPTURE_SECRET "\n",
	    NULL };
	struct arena *a = *state;
	struct vector_source v;
	struct message m;

	vector_http(a, DIR "build-created-push.http", &m);
	assert_int_equal(vector_verify(vector_source(&v, "drone", secrets), &m,
	    a), ST_DENIED);
}

static void
holds_the_key_id_to_the_sources_where_it_has_one(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone", SECRETS);
	struct message m;

	vector_http(a, DIR "build-created-push.http", &m);
	v.source.key_id = "hmac-key";
	assert_int_equal(vector_verify(s, &m, a), ST_OK);
	v.source.key_id = "hmac-Key";
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
	v.source.key_id = "";
	assert_int_equal(vector_verify(s, &m, a), ST_DENIED);
}

/* --- what the body says --------------------------------------------------- */

static enum status
decoded(struct arena *a, const char *headers, const char *body,
    struct event *e)
{
	struct vector_source v;
	struct reason why = { "" };
	struct message m;
	enum status st;

	vector_message(a, bytes_of(headers), bytes_of(body), &m);
	st = event_decode(vector_source(&v, "drone", SECRETS), &m, NULL, a, e,
	    &why);
	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st;
}

static void
refuses_bodies_whose_words_do_not_decide(void **state)
{
	static const struct {
		const char *headers, *body;
	} cases[] = {
		{ "", "" }, { "", "null" }, { "", "[]" }, { "", "{" },
		{ "", "\"build\"" },
		/* not usable as a name */
		{ "", "{\"event\":\"../x\"}" }, { "", "{\"event\":\"Build\"}" },
		{ "", "{\"event\":\"a.b\"}" }, { "", "{\"event\":\"_a\"}" },
		{ "", "{\"event\":\"a\\u0000\"}" }, { "", "{\"event\":5}" },
		{ "", "{\"event\":[\"build\"]}" },
		{ "", "{\"event\":\"build\",\"action\":\"a/b\"}" },
		{ "", "{\"event\":\"build\",\"action\":true}" },
		{ "", "{\"event\":\"build\",\"build\":{\"status\":\"a b\"}}" },
		{ "", "{\"event\":\"build\",\"build\":{\"status\":1}}" },
		/* twice */
		{ "", "{\"event\":\"build\",\"event\":\"build\"}" },
		{ "", "{\"event\":\"build\",\"\\u0065vent\":\"user\"}" },
		{ "", "{\"event\":\"a\",\"action\":\"b\",\"action\":\"b\"}" },
		{ "", "{\"event\":\"a\",\"action\":null,\"action\":\"b\"}" },
		{ "", "{\"event\":\"a\",\"build\":{},\"build\":{}}" },
		{ "", "{\"event\":\"a\",\"build\":{\"status\":\"b\","
		    "\"status\":\"b\"}}" },
		/* the header contradicts, or comes twice */
		{ "X-Drone-Event: user\n", "{\"event\":\"build\"}" },
		{ "X-Drone-Event: Build\n", "{\"event\":\"build\"}" },
		{ "X-Drone-Event:\n", "{\"event\":\"build\"}" },
		{ "X-Drone-Event: build\nX-Drone-Event: build\n",
		    "{\"event\":\"build\"}" },
		/* before 1.2.2 */
		{ "", "{\"build\":{}}" },
		{ "", "{\"event\":\"\",\"build\":{}}" },
		{ "X-Drone-Event: repo\n", "{\"build\":{},\"repo\":{}}" },
		{ "X-Drone-Event: user\n", "{\"repo\":{},\"user\":{}}" },
		{ "X-Drone-Event: build\n", "{\"user\":{}}" },
		{ "X-Drone-Event: build\n", "{\"build\":5}" },
		{ "X-Drone-Event: build\n", "{}" },
		{ "X-Drone-Event: repo\n", "{\"repo\":{},\"repo\":{}}" },
	};
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (decoded(*state, cases[i].headers, cases[i].body, &e) !=
		    ST_MALFORMED)
			fail_msg("%s", cases[i].body);
}

static void
takes_unknown_events_actions_and_statuses_by_name(void **state)
{
	struct arena *a = *state;
	struct event e;

	assert_int_equal(decoded(a, "X-Drone-Event: x-9\n",
	    "{\"event\":\"x-9\",\"action\":\"y_\",\"build\":"
	    "{\"status\":\"0\"}}", &e), ST_OK);
	assert_bytes(a, e.event, "x-9");
	assert_bytes(a, e.action, "y_");
	assert_bytes(a, e.status, "0");
	assert_int_equal(e.result, RESULT_OTHER);
	assert_false(e.completed);
}

static void
takes_null_and_empty_as_not_there(void **state)
{
	struct arena *a = *state;
	struct event e;

	assert_int_equal(decoded(a, "", "{\"event\":\"build\",\"action\":\"\","
	    "\"build\":{\"status\":null,\"target\":\"\",\"message\":\"\\n\"},"
	    "\"repo\":null,\"system\":[]}", &e), ST_OK);
	assert_null(e.action.data);
	assert_null(e.status.data);
	assert_int_equal(e.result, RESULT_NONE);
	assert_null(e.branch.data);
	assert_null(e.title.data);
	assert_null(e.subject.data);
	assert_null(e.url.data);
	assert_false(e.has_dedupe);
}

static void
knows_every_status_of_a_build(void **state)
{
	static const struct {
		const char *status;
		const char *result;
		bool completed;
	} cases[] = {
		{ "success", "success", true }, { "failure", "failure", true },
		{ "error", "failure", true }, { "killed", "canceled", true },
		{ "declined", "canceled", true }, { "skipped", "other", true },
		{ "running", "running", false },
		{ "pending", "pending", false },
		{ "blocked", "pending", false },
		{ "waiting_on_dependencies", "pending", false },
		{ "new-one", "other", false },
	};
	struct arena *a = *state;
	struct event e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[100];

		snprintf(body, sizeof(body), "{\"event\":\"build\",\"build\":"
		    "{\"status\":\"%s\"}}", cases[i].status);
		assert_int_equal(decoded(a, "", body, &e), ST_OK);
		assert_bytes(a, e.status, cases[i].status);
		assert_string_equal(result_name(e.result), cases[i].result);
		assert_int_equal(e.completed, cases[i].completed);
	}
}

/* --- the same again ------------------------------------------------------- */

static void
is_the_same_event_by_its_mac_alone(void **state)
{
	struct arena *a = *state;
	struct vector_source v;
	const struct source *s = vector_source(&v, "drone", SECRETS);
	struct message m;
	struct event e[4];

	signed_message(a, HEADERS, TEXT, LIST, BODY, &m);
	assert_int_equal(vector_receive(s, &m, a, &e[0]), ST_OK);
	signed_message(a, HEADERS "User-Agent: x\n", TEXT,
	    ",headers=\"Date Digest\",x=y", BODY, &m);
	assert_int_equal(vector_receive(s, &m, a, &e[1]), ST_OK);
	signed_message(a, HEADERS, TEXT, LIST, BODY " ", &m);
	assert_int_equal(vector_receive(s, &m, a, &e[2]), ST_OK);
	v.source.name = "other";
	signed_message(a, HEADERS, TEXT, LIST, BODY, &m);
	assert_int_equal(vector_receive(s, &m, a, &e[3]), ST_OK);
	assert_memory_equal(e[0].dedupe, e[1].dedupe, DEDUPE_LEN);
	assert_memory_not_equal(e[0].dedupe, e[2].dedupe, DEDUPE_LEN);
	assert_memory_not_equal(e[0].dedupe, e[3].dedupe, DEDUPE_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vector_test(every_capture_has_its_documented_outcome),
		vector_test(
		    a_capture_under_an_empty_secret_is_genuine_under_it_alone),
		vector_test(every_form_of_signature_has_the_drafts_verdict),
		vector_test(takes_more_headers_than_drone_signs),
		vector_test(refuses_what_is_not_signed_as_listed),
		vector_test(refuses_a_deciding_header_that_comes_twice),
		vector_test(lets_the_date_differ_by_max_age_either_way),
		vector_test(takes_any_of_its_secrets_and_says_which),
		vector_test(
		    the_key_is_the_secrets_text_and_not_what_its_hex_means),
		vector_test(holds_the_key_id_to_the_sources_where_it_has_one),
		vector_test(refuses_bodies_whose_words_do_not_decide),
		vector_test(takes_unknown_events_actions_and_statuses_by_name),
		vector_test(takes_null_and_empty_as_not_there),
		vector_test(knows_every_status_of_a_build),
		vector_test(is_the_same_event_by_its_mac_alone),
	};

	return cmocka_run_group_tests_name("drone", tests, NULL, NULL);
}
