/* provider = hmac, http-signature and token: what a source's section says
 * becomes a recipe, or is refused. */
#include "config_fixture.h"
#include "reading.h"
#include "recipe.h"

#define BEGIN "source x {\nprovider = hmac\nsecret = file:s\n"
#define TOKEN "source x {\nprovider = token\nsecret = file:s\n"

static const struct source *
source_of(struct fixture *f, const char *begin, const char *lines)
{
	char text[800];

	(void)snprintf(text, sizeof(text), "%s%s\n}\n", begin, lines);
	return config_source(accepts(f, text), BYTES("x"));
}

static const struct scheme *
scheme_of(struct fixture *f, const char *lines)
{
	return &source_recipe(source_of(f, BEGIN, lines))->schemes[0];
}

/* message: without the line, which is the first behind the beginning */
static void
refuses_lines(struct fixture *f, const char *begin, const char *lines,
    const char *message)
{
	char text[800], line[600];

	(void)snprintf(text, sizeof(text), "%s%s\n}\n", begin, lines);
	(void)snprintf(line, sizeof(line), "4: %s", message);
	refuses(f, text, line);
}

static void
refuses_hmac(struct fixture *f, const char *lines, const char *message)
{
	refuses_lines(f, BEGIN, lines, message);
}

static void
a_header_is_all_that_a_usual_sender_needs(void **state)
{
	const struct source *s = source_of(*state, BEGIN,
	    "header = X-Acme-Signature");
	const struct recipe *r = source_recipe(s);

	assert_string_equal(r->schemes[0].header, "x-acme-signature");
	assert_string_equal(r->schemes[0].element, "%hex");
	assert_string_equal(r->schemes[0].signed_text, "{body}");
	assert_int_equal(r->schemes[0].algorithm, SCHEME_SHA256);
	assert_int_equal(r->schemes[0].encoding, SECRET_RAW);
	assert_int_equal(r->schemes[0].separator, '\0');
	assert_null(r->schemes[0].time);
	assert_null(r->schemes[1].name);
	assert_string_equal(r->reading->event, "=received");
	assert_null(r->reading->identity);
	assert_null(r->event_header);
	assert_string_equal(s->headers[0].name, "x-acme-signature");
	assert_int_equal(s->headers[0].kind, HEADER_SIGNATURE);
	assert_null(s->headers[1].name);
}

static void
every_key_has_its_place(void **state)
{
	const struct source *s;
	const struct recipe *r;
	const struct reading *d;

	put_text(*state, "s", "00ff");
	s = source_of(*state, BEGIN,
	    "header = Acme-Signature\n"
	    "element = \"s=%b64\"\n"
	    "separator = \",\"\n"
	    "algorithm = sha512\n"
	    "secret_encoding = hex\n"
	    "signed = \"v1:{header:Acme-Id}:{time}:{body}\"\n"
	    "time = element:t\n"
	    "id = { header:Acme-Id, body:id, body }\n"
	    "event = { body:a.type, header:Acme-Event, \"=other\" }\n"
	    "action = \"body:action|what\"\n"
	    "status = body:state\n"
	    "fields = { \"project = repo.name\", \"title=a|b\" }\n"
	    "max_age = 1h");
	r = source_recipe(s);
	d = r->reading;
	assert_string_equal(r->schemes[0].element, "s=%b64");
	assert_int_equal(r->schemes[0].separator, ',');
	assert_int_equal(r->schemes[0].algorithm, SCHEME_SHA512);
	assert_int_equal(r->schemes[0].encoding, SECRET_HEX);
	assert_string_equal(r->schemes[0].signed_text,
	    "v1:{header:acme-id}:{time}:{body}");
	assert_string_equal(r->schemes[0].time, "element:t");
	assert_string_equal(d->identity, "header:acme-id body:id body");
	assert_string_equal(d->event,
	    "body:a.type header:acme-event =other");
	assert_string_equal(r->event_header, "acme-event");
	assert_string_equal(d->action, "body:action|what");
	assert_string_equal(d->status, "body:state");
	assert_int_equal(d->fields[0].at, offsetof(struct event, project));
	assert_string_equal(d->fields[0].paths, "repo.name");
	assert_int_equal(d->fields[1].at, offsetof(struct event, title));
	assert_string_equal(d->fields[1].paths, "a|b");
	assert_null(d->fields[2].paths);
	assert_int_equal(s->max_age_ms, 3600 * 1000);
}

/* What is read is kept, by its kind; a header of two kinds by the stricter. */
static void
each_header_that_is_read_is_kept_by_its_kind(void **state)
{
	static const struct header_rule expected[] = {
		{ "acme-signature", HEADER_SIGNATURE, true },
		{ "acme-id", HEADER_EXACT, false },
		{ "acme-time", HEADER_EXACT, false },
		{ "acme-number", HEADER_EXACT, false },
		{ "acme-event", HEADER_TEXT, false },
	};
	const struct header_rule *h = source_of(*state, BEGIN,
	    "header = Acme-Signature\n"
	    "signed = \"{header:Acme-Id}.{time}.{body}\"\n"
	    "time = header:Acme-Time\n"
	    "id = { header:Acme-Id, header:Acme-Number }\n"
	    "event = { header:Acme-Event, header:Acme-Id }")->headers;
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_string_equal(h[i].name, expected[i].name);
		assert_int_equal(h[i].kind, expected[i].kind);
		assert_int_equal(h[i].identifies, expected[i].identifies);
	}
	assert_null(h[i].name);
}

static void
a_token_is_in_a_header_or_in_the_address(void **state)
{
	struct fixture *f = *state;
	const struct source *s = source_of(f, TOKEN, "header = X-Token");

	assert_int_equal(source_recipe(s)->schemes[0].algorithm, SCHEME_TOKEN);
	assert_string_equal(source_recipe(s)->schemes[0].element, "%token");
	assert_int_equal(s->headers[0].kind, HEADER_SECRET);
	s = source_of(f, TOKEN, "element = \"Bearer %token\"");
	assert_string_equal(source_recipe(s)->schemes[0].header,
	    "authorization");
	s = source_of(f, TOKEN, "element = \"Basic %token\"\nheader = X-Auth");
	assert_string_equal(source_recipe(s)->schemes[0].header, "x-auth");
	s = source_of(f, TOKEN, "element = query:key");
	assert_null(source_recipe(s)->schemes[0].header);
	assert_null(s->headers[0].name);
	assert_null(source_recipe(s)->reading->identity);
}

static void
a_recipe_that_would_verify_nothing_is_refused(void **state)
{
	struct fixture *f = *state;

#define ONE_BODY ": {body} must be in it once; without it, nothing would be " \
	"verified"
#define PARTS ": it must be of text, {body}, {time} and {header:NAME}, at " \
	"most 12 parts"
	refuses_hmac(f, "signed = \"body\"\nheader = X-Sig", "signed = body"
	    ONE_BODY);
	refuses_hmac(f, "signed = \"{time}\"\ntime = header:T\nheader = X-Sig",
	    "signed = {time}" ONE_BODY);
	refuses_hmac(f, "signed = \"{header:X-Id}.\"\nheader = X-Sig",
	    "signed = {header:x-id}." ONE_BODY);
	refuses_hmac(f, "signed = \"{body}{body}\"\nheader = X-Sig", "signed = "
	    "{body}{body}" ONE_BODY);
	refuses_hmac(f, "signed = \"{BODY}\"\nheader = X-Sig", "signed = "
	    "{BODY}" PARTS);
	refuses_hmac(f, "signed = \"\"\nheader = X-Sig", "signed = " PARTS);
	refuses_hmac(f, "signed = \"{body\"\nheader = X-Sig", "signed = {body"
	    PARTS);
	refuses_hmac(f, "signed = \"{body}}\"\nheader = X-Sig", "signed = "
	    "{body}}" PARTS);
	refuses_hmac(f, "signed = \"{header:X-Sig}.{body}\"\nheader = X-Sig",
	    "signed: {header:x-sig} is the header of the signature itself");
	refuses_hmac(f, "signed = \"{header:X-Id}{body}\"\nheader = X-Sig",
	    "signed: {header:x-id} must have text between it and {body}, "
	    "another {header:…} or a {time} before it: nobody could say "
	    "where it ends");
	refuses_hmac(f, "signed = \"{header:a b}.{body}\"\nheader = X-Sig",
	    "signed: {header:a b} must name a header in lower case");
}

static void
a_time_that_nobody_signs_is_refused(void **state)
{
	struct fixture *f = *state;

	refuses_hmac(f, "time = header:X-Time\nheader = X-Sig", "time = "
	    "header:x-time: {time} is not in signed, so that anybody could "
	    "change it");
	refuses_hmac(f, "signed = \"{time}{body}\"\nheader = X-Sig", "signed = "
	    "{time}{body}: time must say where {time} is: header:NAME or "
	    "element:NAME");
	refuses_hmac(f, "time = element:t\nsigned = \"{time}{body}\"\n"
	    "header = X-Sig", "time = element:t: separator must say what is "
	    "between the elements of x-sig");
	refuses_hmac(f, "time = body:time\nheader = X-Sig", "time = body:time: "
	    "write header:NAME or element:NAME");
	refuses_hmac(f, "time = element:\nheader = X-Sig", "time = element:: "
	    "an element's name is missing");
	refuses_hmac(f, "time = \"element:a-b\"\nheader = X-Sig", "time = "
	    "element:a-b: an element's name has only letters and digits, like "
	    "element:t");
	refuses_hmac(f, "max_age = 1m\nheader = X-Sig", "max_age = 1m: no time "
	    "is signed, so nothing has an age; add time, or leave the line "
	    "out");
	refuses_hmac(f, "max_age = 61m\nheader = X-Sig\ntime = header:T\n"
	    "signed = \"{time}{body}\"", "max_age = 61m: it must be at "
	    "most 1h, since a captured request passes for that long");
}

static void
a_header_that_none_can_be_is_refused(void **state)
{
	struct fixture *f = *state;
	char name[80] = "header = ";

	refuses(f, BEGIN "}\n", "1: header: source x does not say which header "
	    "has the signature; add it, like header = X-Signature");
	refuses(f, TOKEN "}\n", "1: header: source x does not say which header "
	    "has the secret; add it, like header = X-Token");
	refuses_hmac(f, "header = X_Sig", "header = X_Sig: write '-' for each "
	    "'_' in a header's name; no web server tells them apart");
	refuses_hmac(f, "header = \"X-Sig:\"", "header = X-Sig:: no header has "
	    "such a name; write the name alone, without ':' or blanks");
	refuses_hmac(f, "header = \"X Sig\"", "header = X Sig: no header has "
	    "such a name; write the name alone, without ':' or blanks");
	refuses_hmac(f, "header = ''", "header = : a header's name is missing");
	memset(name + 9, 'x', 65);
	name[9 + 65] = '\0';
	refuses_hmac(f, name, "header = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxx: the header's name has more than 64 "
	    "characters");
	name[9 + 64] = '\0';
	assert_int_equal(strlen(scheme_of(f, name)->header), 64);
}

static void
an_element_that_fits_nothing_is_refused(void **state)
{
	static const char *const bad[] = { "sha256=", "%hex%hex", "%b64%hex",
	    "%", "100%%hex", "%HEX", "%token", "v1=%sha", "query:x" };
	static const char *const bad_tokens[] = { "%hex", "%token %token",
	    "Basic %user", "%token|", "x%", " %token" };
	static const char *const bad_queries[] = { "query:", "query:a=b",
	    "query:a&b", "query:a b" };
	struct fixture *f = *state;
	char lines[120], message[300];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(lines, sizeof(lines), "element = \"%s\"\n"
		    "header = X-Sig", bad[i]);
		(void)snprintf(message, sizeof(message), "element = %s: it "
		    "must have %%hex or %%b64 once, and no other %%, as in "
		    "sha256=%%hex", bad[i]);
		refuses_hmac(f, lines, message);
	}
	for (size_t i = 0; i < sizeof(bad_tokens) / sizeof(bad_tokens[0]);
	    i++) {
		(void)snprintf(lines, sizeof(lines), "element = \"%s\"\n"
		    "header = X-Sig", bad_tokens[i]);
		(void)snprintf(message, sizeof(message), "element = %s: it "
		    "must be %%token with text around it, as in Bearer "
		    "%%token, or query:NAME", bad_tokens[i]);
		refuses_lines(f, TOKEN, lines, message);
	}
	for (size_t i = 0; i < sizeof(bad_queries) / sizeof(bad_queries[0]);
	    i++) {
		(void)snprintf(lines, sizeof(lines), "element = \"%s\"",
		    bad_queries[i]);
		(void)snprintf(message, sizeof(message), "element = %s: "
		    "query: must be followed by a parameter's name: letters, "
		    "digits, - and _", bad_queries[i]);
		refuses_lines(f, TOKEN, lines, message);
	}
	refuses_lines(f, TOKEN, "header = X-Token\nelement = query:key",
	    "header = X-Token: element = query:key looks at the address; leave "
	    "the line out");
	refuses_hmac(f, "separator = \"--\"\nheader = X-Sig", "separator = --: "
	    "write the one character that is between two elements, like "
	    "\",\"");
	refuses_hmac(f, "separator = x\nheader = X-Sig", "separator = \"x\": "
	    "it must be one character that no signature has, such as , or ;");
	refuses_hmac(f, "element = \"v1,%b64\"\nseparator = \",\"\n"
	    "header = X-Sig", "element = v1,%b64: the separator , is in it, so "
	    "that no element would ever fit");
}

static void
words_and_places_that_there_are_not_are_refused(void **state)
{
	struct fixture *f = *state;

	refuses_hmac(f, "algorithm = md5\nheader = X-Sig", "algorithm = md5: "
	    "write one of sha256, sha512, sha1, ed25519");
	refuses_hmac(f, "secret_encoding = base32\nheader = X-Sig",
	    "secret_encoding = base32: write one of raw, base64, hex");
	refuses_hmac(f, "id = id\nheader = X-Sig", "id = id: write body:PATH "
	    "or header:NAME or mac or body");
	refuses_hmac(f, "event = type\nheader = X-Sig", "event = type: write "
	    "body:PATH or header:NAME or \"=text\"");
	refuses_hmac(f, "event = body:\nheader = X-Sig", "event = body:: a "
	    "path is names and numbers with '.' between them, like "
	    "body:data.0.id");
	refuses_hmac(f, "event = body:a..b\nheader = X-Sig", "event = "
	    "body:a..b: a path is names and numbers with '.' between them, "
	    "like body:data.0.id");
	refuses_hmac(f, "event = \"=\"\nheader = X-Sig", "event = =: a text is "
	    "missing after '='");
	refuses_hmac(f, "event = \"=a b\"\nheader = X-Sig", "event = =a b: a "
	    "text must not have a blank in it");
	refuses_hmac(f, "event = header:X_E\nheader = X-Sig", "event = "
	    "header:X_E: write '-' for each '_' in a header's name; no web "
	    "server tells them apart");
	refuses_hmac(f, "action = header:X-A\nheader = X-Sig", "action = "
	    "header:X-A: write body:PATH");
	refuses_hmac(f, "status = state\nheader = X-Sig", "status = state: "
	    "write body:PATH");
	refuses_hmac(f, "fields = { project }\nheader = X-Sig", "fields: "
	    "project: write \"FIELD = PATH\", like \"project = "
	    "repository.full_name\"");
	refuses_hmac(f, "fields = { \"repo = a\" }\nheader = X-Sig", "fields: "
	    "repo = a: there is no such field; the fields are project, branch, "
	    "tag, commit, title, author, name, number, url, subject");
	refuses_hmac(f, "fields = { \"url = \" }\nheader = X-Sig", "fields: "
	    "url = : a path is missing after '='");
	refuses_hmac(f, "fields = { \"url = body:a\" }\nheader = X-Sig",
	    "fields: url = body:a: a field is always in the body; leave body: "
	    "out");
	refuses_hmac(f, "fields = { \"url = a b\" }\nheader = X-Sig", "fields: "
	    "url = a b: a path is names and numbers with '.' between them, "
	    "like project = repository.full_name");
	refuses_hmac(f, "secret_encoding = raw\nheader = X-Sig\n"
	    "algorithm = ed25519", "secret_encoding must say how the public "
	    "key is written: hex or base64");
	refuses_hmac(f, "scheme = token\nheader = X-Sig", "scheme = token: the "
	    "section describes its only scheme; leave the line out");
}

static void
a_token_has_nothing_that_is_signed(void **state)
{
	static const char *const lines[] = { "separator = \",\"",
	    "algorithm = sha256", "secret_encoding = raw", "signed = {body}",
	    "time = header:X-Time" };
	struct fixture *f = *state;
	char text[120], message[300];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int key = (int)strcspn(lines[i], " ");

		(void)snprintf(text, sizeof(text), "%.*s = x\nheader = X-T",
		    key, lines[i]);
		(void)snprintf(message, sizeof(message), "%.*s = x: provider "
		    "token compares the secret, and nothing is signed; leave "
		    "the line out", key, lines[i]);
		refuses_lines(f, TOKEN, text, message);
	}
	refuses_lines(f, TOKEN, "id = mac\nheader = X-T", "id = mac: write "
	    "body:PATH or header:NAME or body");
	refuses_lines(f, TOKEN, "id = header:X-T\nheader = X-T", "id: the "
	    "header x-t has the secret, and the values of other headers are "
	    "kept");
	refuses_lines(f, TOKEN, "event = header:X-T\nheader = X-T", "event: "
	    "the header x-t has the secret, and the values of other headers "
	    "are kept");
	refuses_lines(f, TOKEN, "max_age = 1m\nheader = X-T", "max_age = 1m: "
	    "no time is signed, so nothing has an age; add time, or leave the "
	    "line out");
}

static void
a_question_has_its_answer(void **state)
{
	static const struct { const char *lines, *body, *answer, *type; }
	rows[] = {
		{ "handshake = \"type = url_verification\"\n"
		  "answer = body:challenge", "type=url_verification",
		  "body:challenge", "text/plain" },
		{ "handshake = \"data.kind=1\"\nanswer = \"={\\\"a\\\":1}\"",
		  "data.kind=1", "={\"a\":1}", "application/json" },
		{ "handshake = \"type = 1\"\nanswer = \"=pong\"", "type=1",
		  "=pong", "text/plain" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char lines[300];
		const struct handshake *h;

		(void)snprintf(lines, sizeof(lines), "header = X-Sig\n%s",
		    rows[i].lines);
		h = source_recipe(source_of(*state, BEGIN, lines))->reading->
		    handshakes;
		assert_string_equal(h->body, rows[i].body);
		assert_string_equal(h->answer, rows[i].answer);
		assert_string_equal(h->content_type, rows[i].type);
		assert_null(h[1].body);
	}
}

static void
refuses_half_a_handshake_and_one_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;

	refuses_hmac(f, "handshake = \"type = ping\"\nheader = X-Sig",
	    "handshake = type = ping: answer is missing; add it, like answer "
	    "= body:challenge");
	refuses_hmac(f, "answer = body:challenge\nheader = X-Sig",
	    "answer = body:challenge: handshake is missing; add it, "
	    "like handshake = \"type = url_verification\"");
	refuses_hmac(f, "handshake = ping\nanswer = body:a\nheader = X-Sig",
	    "handshake = ping: write \"PATH = TEXT\", like \"type = "
	    "url_verification\"");
	refuses_hmac(f, "handshake = \"a..b = ping\"\nanswer = body:a\n"
	    "header = X-Sig", "handshake = a..b = ping: a path is names and "
	    "numbers with '.' between them, like \"type = "
	    "url_verification\"");
	refuses_hmac(f, "handshake = \"a|b = ping\"\nanswer = body:a\n"
	    "header = X-Sig", "handshake = a|b = ping: a path is names and "
	    "numbers with '.' between them, like \"type = "
	    "url_verification\"");
	refuses_hmac(f, "handshake = \"type = \"\nanswer = body:a\n"
	    "header = X-Sig", "handshake = type = : a text is missing after "
	    "'='");
	refuses_hmac(f, "handshake = \"type = a b\"\nanswer = body:a\n"
	    "header = X-Sig", "handshake = type = a b: the text must not have "
	    "a blank in it");
	refuses_hmac(f, "answer = header:X-A\nhandshake = \"type = a\"\n"
	    "header = X-Sig", "answer = header:X-A: write body:PATH or "
	    "\"=text\"");
}

#define MESSAGE "source x {\nprovider = http-signature\nsecret = file:s\n"

static void
an_http_message_signature_needs_no_key_and_takes_four(void **state)
{
	static const char *const kept[] = { "signature", "signature-input",
		"content-digest", "x-delivery" };
	const struct source *s = source_of(*state, MESSAGE, "");
	const struct scheme *x = source_recipe(s)->schemes;

	assert_string_equal(x->covers, "@method content-digest");
	assert_string_equal(x->header, "signature");
	assert_int_equal(x->algorithm, SCHEME_SHA256);
	assert_string_equal(x->time, SCHEME_CREATED);
	assert_null(x[1].name);
	put_text(*state, "s", "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=");
	s = source_of(*state, MESSAGE, "algorithm = ed25519\n"
	    "secret_encoding = base64\nmax_age = 1m\n"
	    "covers = { @Path, Content-Digest, X-Delivery }\n"
	    "id = header:X-Delivery");
	x = source_recipe(s)->schemes;
	assert_string_equal(x->covers, "@path content-digest x-delivery");
	assert_int_equal(x->algorithm, SCHEME_ED25519);
	assert_int_equal(x->encoding, SECRET_BASE64);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		assert_string_equal(s->headers[i].name, kept[i]);
		assert_int_equal(s->headers[i].kind, i == 0 ?
		    HEADER_SIGNATURE : HEADER_EXACT);
	}
	assert_null(s->headers[4].name);
	assert_true(scheme_signs_header(x, BYTES("x-delivery")));
	assert_false(scheme_signs_header(x, BYTES("x-other")));
}

static void
refuses_what_an_http_message_signature_cannot_have(void **state)
{
	static const char *const others[] = { "header", "element", "separator",
		"signed", "time" };
	static const char known[] = ": write a header's name, or one of "
	    "@method, @authority, @target-uri, @request-target, @path and "
	    "@query";
	static const char *const components[] = { "@status", "@scheme",
		"@query-param", "signature", "signature-input", "x_a", "a:b" };
	struct fixture *f = *state;
	char lines[100], message[300];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		(void)snprintf(lines, sizeof(lines), "%s = x", others[i]);
		(void)snprintf(message, sizeof(message), "%s = x: RFC 9421 "
		    "says it for provider http-signature; leave the line out",
		    others[i]);
		refuses_lines(f, MESSAGE, lines, message);
	}
	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]);
	    i++) {
		(void)snprintf(lines, sizeof(lines), "covers = "
		    "{ content-digest, %s }", components[i]);
		(void)snprintf(message, sizeof(message), "covers = %s%s",
		    components[i], known);
		refuses_lines(f, MESSAGE, lines, message);
	}
	refuses_lines(f, MESSAGE, "covers = { @method, date }", "covers: "
	    "content-digest must be in it; without it, the body would not be "
	    "verified");
	refuses_lines(f, MESSAGE, "algorithm = sha512", "algorithm: HTTP "
	    "message signatures are made with sha256 or ed25519");
	refuses_lines(f, MESSAGE, "max_age = 2h", "max_age = 2h: it must be "
	    "at most 1h, since a captured request passes for that long");
	refuses_hmac(f, "covers = content-digest\nheader = X-Sig", "covers = "
	    "content-digest: provider hmac signs no HTTP message; leave the "
	    "line out");
}

static void
a_provider_with_a_recipe_takes_none(void **state)
{
	static const char *const keys[] = { "header", "element", "separator",
	    "algorithm", "secret_encoding", "signed", "time", "id", "event",
	    "action", "status", "fields", "handshake", "answer", "covers" };
	static const char *const providers[] = { "drone", "gitea",
	    "circleci", "custom" };
	struct fixture *f = *state;
	char text[200], message[300];

	for (size_t p = 0; p < sizeof(providers) / sizeof(providers[0]); p++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			(void)snprintf(text, sizeof(text), "source x {\n"
			    "provider = %s\nsecret = file:s\n%s = x\n}\n",
			    providers[p], keys[k]);
			(void)snprintf(message, sizeof(message), "4: %s = x: "
			    "provider %s has its own recipe; leave %s out",
			    keys[k], providers[p], keys[k]);
			refuses(f, text, message);
		}
	refuses(f, "source x {\nprovider = gitea\nsecret = file:s\n"
	    "scheme = signature\n}\n", "4: scheme = signature: provider gitea "
	    "has only one scheme; leave the line out");
}

static void
a_secret_that_no_request_can_be_made_with_is_refused(void **state)
{
	struct fixture *f = *state;

	put_text(f, "s", "not base64!\n");
	refuses(f, "source x {\nprovider = hmac\nheader = X-Sig\n"
	    "secret_encoding = base64\nsecret = file:s\n}\n", "5: secret: "
	    "file:s: it is not written in base64, as the secrets of a sender "
	    "with an HMAC are");
	refuses(f, "source x {\nprovider = hmac\nheader = X-Sig\n"
	    "secret_encoding = hex\nsecret = file:s\n}\n", "5: secret: "
	    "file:s: it is not written in hexadecimal, as the secrets of a "
	    "sender with an HMAC are");
	put_text(f, "t", "00ff\n");
	refuses(f, "source x {\nprovider = hmac\nheader = X-Sig\n"
	    "secret_encoding = hex\nsecret = { file:t,\nfile:s }\n}\n", "6: "
	    "secret: file:s: it is not written in hexadecimal, as the secrets "
	    "of a sender with an HMAC are");
	refuses(f, "source x {\nprovider = hmac\nheader = X-Sig\n"
	    "secret_encoding = hex\nalgorithm = ed25519\nsecret = file:t\n}\n",
	    "6: secret: file:t: an ed25519 public key has 32 bytes, and this "
	    "one 2");
	put_text(f, "s", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
	accepts(f, BEGIN "header = X-Sig\nsecret_encoding = base64\n}\n");
}

/* What the runner decodes with: the recipe as it is now. */
static void
a_stored_event_is_decoded_by_its_sources_recipe(void **state)
{
	const struct source *s = source_of(*state, BEGIN, "header = X-Sig\n"
	    "event = body:type");
	const struct config *c = ((struct fixture *)*state)->config;
	struct source out;

	assert_true(config_stored_source(c, "x", "hmac", &out));
	assert_ptr_equal(out.recipe, s->recipe);
	assert_ptr_equal(out.headers, s->headers);
	assert_string_equal(out.name, "x");
	assert_int_equal(out.secret_count, 0);
	/* the source is gone, or had another provider then */
	assert_true(config_stored_source(c, "gone", "hmac", &out));
	assert_null(out.recipe);
	assert_ptr_equal(out.provider, provider_find("hmac"));
	assert_true(config_stored_source(c, "x", "gitea", &out));
	assert_null(out.recipe);
	assert_ptr_equal(out.provider, provider_find("gitea"));
	assert_false(config_stored_source(c, "x", "of another version", &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_header_is_all_that_a_usual_sender_needs),
		T(every_key_has_its_place),
		T(each_header_that_is_read_is_kept_by_its_kind),
		T(a_token_is_in_a_header_or_in_the_address),
		T(a_recipe_that_would_verify_nothing_is_refused),
		T(a_time_that_nobody_signs_is_refused),
		T(a_header_that_none_can_be_is_refused),
		T(an_element_that_fits_nothing_is_refused),
		T(words_and_places_that_there_are_not_are_refused),
		T(a_token_has_nothing_that_is_signed),
		T(a_question_has_its_answer),
		T(refuses_half_a_handshake_and_one_that_cannot_be_read),
		T(an_http_message_signature_needs_no_key_and_takes_four),
		T(refuses_what_an_http_message_signature_cannot_have),
		T(a_provider_with_a_recipe_takes_none),
		T(a_stored_event_is_decoded_by_its_sources_recipe),
		T(a_secret_that_no_request_can_be_made_with_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
