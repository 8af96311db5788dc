/* What a scheme and a recipe must have, whoever wrote them: a row of ours, or a
 * configuration. */
#include "reading.h"
#include "recipe.h"
#include "vectors.h"

#define GOOD .name = "signature", .header = "x-sig", .element = "%hex", \
	.signed_text = "{body}"

/* The whole one with what a case says instead. */
struct changed {
	struct scheme scheme;
	const char *why;
};

static struct scheme
merged(const struct scheme *c)
{
	struct scheme s = { GOOD };

	s.algorithm = c->algorithm;
	s.header = c->header != NULL ? c->header : s.header;
	s.element = c->element != NULL ? c->element : s.element;
	s.separator = c->separator;
	s.encoding = c->encoding;
	s.signed_text = c->signed_text != NULL ? c->signed_text :
	    s.signed_text;
	s.time = c->time;
	if (c->algorithm == SCHEME_TOKEN && c->signed_text == NULL)
		s.signed_text = NULL;
	return s;
}

static void
takes_what_senders_do(void **state)
{
	static const struct scheme good[] = {
		{ .element = "sha256=%hex" },
		{ .element = "v1,%b64", .separator = ' ' },
		{ .element = "sig=\"%b64\"", .separator = ',' },
		{ .element = "v1=%hex", .separator = ',',
		    .signed_text = "{time}.{body}", .time = "element:t" },
		{ .signed_text = "v0:{time}:{body}",
		    .time = "header:x-request-timestamp" },
		{ .signed_text = "{header:webhook-id}.{time}.{body}",
		    .time = "header:webhook-timestamp" },
		{ .signed_text = "{header:id}{time}{body}",
		    .time = "header:at" },
		{ .signed_text = "{body}{time}", .time = "header:at" },
		{ .signed_text = "https://hook.example.com/a{body}" },
		{ .signed_text = "{body};{header:id}" },
		{ .algorithm = SCHEME_SHA1 }, { .algorithm = SCHEME_SHA512 },
		{ .algorithm = SCHEME_ED25519, .encoding = SECRET_HEX },
		{ .encoding = SECRET_BASE64 },
		{ .algorithm = SCHEME_TOKEN, .element = "%token" },
		{ .algorithm = SCHEME_TOKEN, .element = "Bearer %token" },
		{ .algorithm = SCHEME_TOKEN, .element = "Basic %token" },
		{ .algorithm = SCHEME_TOKEN, .element = "query:secret" },
		{ .algorithm = SCHEME_TOKEN,
		    .element = "query:secret|Bearer %token" },
	};
	struct reason why;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct scheme s = merged(&good[i]);

		if (scheme_check(&s, &why) != ST_OK)
			fail_msg("%zu: %s", i, why.text);
	}
}

#define NO_PERCENT(e) "element = " e ": it must have %hex or %b64 once, and " \
	"no other %, as in sha256=%hex"
#define BAD_SIGNED(t) "signed = " t ": it must be of text, {body}, {time} " \
	"and {header:NAME}, at most 12 parts"
#define ONE_BODY(t) "signed = " t ": {body} must be in it once; without it, " \
	"nothing would be verified"
#define NO_END(h) "signed: {header:" h "} must have text between it and " \
	"{body}, another {header:…} or a {time} before it: nobody could say " \
	"where it ends"
#define NO_TOKEN(e) "element = " e ": it must be %token with text around it, " \
	"as in Bearer %token, or query:NAME"
#define NO_NAME(h) "header = " h ": a header's name is of at most 64 " \
	"letters, digits and '-'"
#define NO_SEPARATOR(c) "separator = \"" c "\": it must be one character " \
	"that no signature has, such as , or ;"

static const struct changed bad[] = {
	{ { .header = "" }, NO_NAME("") },
	{ { .header = "X-Sig" }, NO_NAME("X-Sig") },
	{ { .header = "x sig" }, NO_NAME("x sig") },
	{ { .header = "x_sig" }, NO_NAME("x_sig") },
	{ { .header = "x-sig:" }, NO_NAME("x-sig:") },
	{ { .element = "" }, NO_PERCENT("") },
	{ { .element = "sha256=" }, NO_PERCENT("sha256=") },
	{ { .element = "%" }, NO_PERCENT("%") },
	{ { .element = "%HEX" }, NO_PERCENT("%HEX") },
	{ { .element = "%hex%hex" }, NO_PERCENT("%hex%hex") },
	{ { .element = "%%hex" }, NO_PERCENT("%%hex") },
	{ { .element = "100%,%b64" }, NO_PERCENT("100%,%b64") },
	{ { .element = "%token" }, NO_PERCENT("%token") },
	{ { .element = "query:s" }, NO_PERCENT("query:s") },
	{ { .element = " %hex" }, "element =  %hex: it must be ASCII, without "
	    "blanks at its ends" },
	{ { .element = "%hex " }, "element = %hex : it must be ASCII, without "
	    "blanks at its ends" },
	{ { .element = "\xc3\xa4%hex" }, "element = \xc3\xa4%hex: it must be "
	    "ASCII, without blanks at its ends" },
	{ { .element = "v1,%hex", .separator = ',' }, "element = v1,%hex: the "
	    "separator , is in it, so that no element would ever fit" },
	{ { .element = "%hex;v=1", .separator = ';' }, "element = %hex;v=1: "
	    "the separator ; is in it, so that no element would ever fit" },
	{ { .separator = 'a' }, NO_SEPARATOR("a") },
	{ { .separator = '+' }, NO_SEPARATOR("+") },
	{ { .separator = '=' }, NO_SEPARATOR("=") },
	{ { .separator = '\n' }, NO_SEPARATOR("?") },
	{ { .separator = '\xff' }, NO_SEPARATOR("?") },
	{ { .signed_text = "" }, BAD_SIGNED("") },
	{ { .signed_text = "{}" }, BAD_SIGNED("{}") },
	{ { .signed_text = "{Body}" }, BAD_SIGNED("{Body}") },
	{ { .signed_text = "{body" }, BAD_SIGNED("{body") },
	{ { .signed_text = "body}" }, BAD_SIGNED("body}") },
	{ { .signed_text = "{body}}" }, BAD_SIGNED("{body}}") },
	{ { .signed_text = "{{body}}" }, BAD_SIGNED("{{body}}") },
	{ { .signed_text = "{header:}.{body}" }, BAD_SIGNED(
	    "{header:}.{body}") },
	{ { .signed_text = "{url}{body}" }, BAD_SIGNED("{url}{body}") },
	{ { .signed_text = "{time}{time}{time}{time}{time}{time}{time}{time}"
	    "{time}{time}{time}{time}{body}", .time = "header:t" },
	    "signed = {time}{time}{time}{time}{time}{time}{time}{time}{time}"
	    "{time}{time}{time}{body}: it must be of text, {body}, {time} and "
	    "{header:NAME}, at most 12 parts" },
	{ { .signed_text = "x" }, ONE_BODY("x") },
	{ { .signed_text = "{time}", .time = "header:t" },
	    ONE_BODY("{time}") },
	{ { .signed_text = "{body}.{body}" }, ONE_BODY("{body}.{body}") },
	{ { .signed_text = "{header:x-id}" }, ONE_BODY("{header:x-id}") },
	{ { .signed_text = "{time}.{body}" }, "signed = {time}.{body}: time "
	    "must say where {time} is: header:NAME or element:NAME" },
	{ { .time = "header:t" }, "time = header:t: {time} is not in signed, "
	    "so that anybody could change it" },
	{ { .signed_text = "{header:X-Id}.{body}" }, "signed: {header:X-Id} "
	    "must name a header in lower case" },
	{ { .signed_text = "{header:x-sig}.{body}" }, "signed: {header:x-sig} "
	    "is the header of the signature itself" },
	{ { .signed_text = "{header:id}{body}" }, NO_END("id") },
	{ { .signed_text = "{body}{header:id}" }, NO_END("id") },
	{ { .signed_text = "{header:a}{header:b}.{body}" }, NO_END("a") },
	{ { .signed_text = "{time}{header:id}.{body}",
	    .time = "header:t" }, NO_END("id") },
	{ { .signed_text = "{time}.{body}", .time = "t" },
	    "time = t: it must be header:NAME or element:NAME" },
	{ { .signed_text = "{time}.{body}", .time = "body:t" },
	    "time = body:t: it must be header:NAME or element:NAME" },
	{ { .signed_text = "{time}.{body}", .time = "header:" },
	    "time = header:: it must be header:NAME or element:NAME" },
	{ { .signed_text = "{time}.{body}", .time = "header:x-sig" },
	    "time = header:x-sig is the header of the signature itself: it "
	    "must be element:NAME" },
	{ { .signed_text = "{time}.{body}", .time = "element:t" },
	    "time = element:t: separator must say what is between the "
	    "elements of x-sig" },
	{ { .signed_text = "{time}.{body}", .time = "element:t",
	    .separator = ',', .element = "t=%hex" }, "time = element:t: "
	    "element has the same name, and is the signature" },
	{ { .algorithm = SCHEME_ED25519 }, "secret_encoding must say how the "
	    "public key is written: hex or base64" },
	{ { .algorithm = SCHEME_TOKEN, .element = "%hex" },
	    NO_TOKEN("%hex") },
	{ { .algorithm = SCHEME_TOKEN, .element = "" }, NO_TOKEN("") },
	{ { .algorithm = SCHEME_TOKEN, .element = "%token%token" },
	    NO_TOKEN("%token%token") },
	{ { .algorithm = SCHEME_TOKEN, .element = "%token|" },
	    NO_TOKEN("%token|") },
	{ { .algorithm = SCHEME_TOKEN, .element = "Bearer" },
	    NO_TOKEN("Bearer") },
	{ { .algorithm = SCHEME_TOKEN, .element = "query:" },
	    "element = query:: query: must be followed by a parameter's name: "
	    "letters, digits, - and _" },
	{ { .algorithm = SCHEME_TOKEN, .element = "query:a&b" },
	    "element = query:a&b: query: must be followed by a parameter's "
	    "name: letters, digits, - and _" },
	{ { .algorithm = SCHEME_TOKEN, .element = "%token",
	    .signed_text = "{body}" }, "nothing is signed with a token: "
	    "signed, time, separator and secret_encoding must be left out" },
	{ { .algorithm = SCHEME_TOKEN, .element = "%token",
	    .encoding = SECRET_HEX }, "nothing is signed with a token: "
	    "signed, time, separator and secret_encoding must be left out" },
};

static void
refuses_what_would_verify_nothing_or_too_much(void **state)
{
	struct reason why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scheme s = merged(&bad[i].scheme);

		why.text[0] = '\0';
		if (scheme_check(&s, &why) != ST_CONFIG)
			fail_msg("taken: %s", bad[i].why);
		assert_string_equal(why.text, bad[i].why);
	}
}

static void
refuses_a_scheme_without_a_header(void **state)
{
	struct scheme s = { GOOD };
	struct reason why;

	(void)state;
	s.header = NULL;
	assert_int_equal(scheme_check(&s, &why), ST_CONFIG);
	assert_string_equal(why.text, "header is missing: it names the header "
	    "that has the signature");
	s = (struct scheme){ .name = "token", .algorithm = SCHEME_TOKEN,
		.element = "query:s|%token" };
	assert_int_equal(scheme_check(&s, &why), ST_CONFIG);
	assert_string_equal(why.text, "header is missing: it names the header "
	    "that has the secret");
	s.element = "query:s";
	assert_int_equal(scheme_check(&s, &why), ST_OK);
}

static void
takes_every_row_of_ours(void **state)
{
	struct reason why;

	(void)state;
	for (const struct provider *const *p = provider_list(); *p != NULL;
	    p++)
		if ((*p)->recipe != NULL &&
		    recipe_check((*p)->recipe, &why) != ST_OK)
			fail_msg("%s: %s", (*p)->name, why.text);
}

/* --- recipes ------------------------------------------------------------- */

#define TOKEN { .name = "token", .algorithm = SCHEME_TOKEN, \
	.header = "x-token", .element = "%token" }

static void
refuses_to_keep_the_header_that_has_the_secret(void **state)
{
	static const struct {
		struct scheme schemes[3];
		struct reading reading;
		const char *why;
	} cases[] = {
		{ { { GOOD }, TOKEN }, { .event = "header:x-event body:a" },
		    NULL },
		{ { { GOOD }, { GOOD } }, { .event = NULL },
		    "two schemes are called signature" },
		{ { TOKEN }, { .event = "body:a header:x-token" },
		    "event: the header x-token has the secret, and the values "
		    "of other headers are kept" },
		{ { TOKEN }, { .identity = "header:x-id header:x-token" },
		    "id: the header x-token has the secret, and the values of "
		    "other headers are kept" },
		{ { { GOOD, .time = "header:x-token" }, TOKEN },
		    { .event = NULL }, "time = header:x-token: {time} is not "
		    "in signed, so that anybody could change it" },
		{ { { .name = "s", .header = "x-token", .element = "%hex",
		    .signed_text = "{body}" }, TOKEN }, { .event = NULL },
		    "header: the header x-token has the secret, and the "
		    "values of other headers are kept" },
		{ { { .name = "s", .header = "x-sig", .element = "%hex",
		    .signed_text = "{header:x-token}.{body}" }, TOKEN },
		    { .event = NULL }, "signed: the header x-token has the "
		    "secret, and the values of other headers are kept" },
		{ { { .name = "s", .header = "x-sig", .element = "%hex",
		    .time = "header:x-token", .signed_text = "{time}{body}" },
		    TOKEN }, { .event = NULL }, "time: the header x-token has "
		    "the secret, and the values of other headers are kept" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct recipe r = { .schemes = cases[i].schemes,
			.reading = &cases[i].reading };
		struct reason why = { "" };

		assert_int_equal(recipe_check(&r, &why),
		    cases[i].why == NULL ? ST_OK : ST_CONFIG);
		assert_string_equal(why.text, cases[i].why == NULL ? "" :
		    cases[i].why);
	}
}

/* --- secrets ------------------------------------------------------------- */

#define KEY_HEX "d75a980182b10ab7d54bfed3c964073a" \
	"0ee172f3daa62325af021a68f707511a"

#define PUBLIC "it is a public key, and HMAC-SHA256 is made with a secret: " \
	"whoever knows the key could send"

static void
refuses_a_secret_that_no_scheme_can_use(void **state)
{
	static const struct {
		struct scheme scheme;
		const char *secret, *why;
	} cases[] = {
		{ { GOOD }, "anything", NULL },
		{ { GOOD, .secret_prefix = "whsec_" }, "whsec_x", NULL },
		{ { GOOD, .secret_prefix = "whsec_" }, "whse_", "no scheme of "
		    "CircleCI takes it: it does not begin as the sender's "
		    "secrets do" },
		{ { GOOD, .encoding = SECRET_BASE64 }, "whsec_AAAA", NULL },
		{ { GOOD, .encoding = SECRET_BASE64 }, "whsec_AAA",
		    "it is not written in base64, as the secrets of CircleCI "
		    "are" },
		{ { GOOD, .encoding = SECRET_BASE64 }, "whsec_",
		    "it is not written in base64, as the secrets of CircleCI "
		    "are" },
		{ { GOOD, .encoding = SECRET_BASE64 }, "\"whsec_AAAA\"",
		    "it is not written in base64, as the secrets of CircleCI "
		    "are; remove the quotes around it" },
		{ { GOOD, .encoding = SECRET_BASE64 }, "whsec_AAAA\n",
		    "it is not written in base64, as the secrets of CircleCI "
		    "are; remove the empty line or line end after it" },
		{ { GOOD, .encoding = SECRET_HEX }, " ab",
		    "it is not written in hexadecimal, as the secrets of "
		    "CircleCI are; remove the blanks around it" },
		{ { GOOD, .encoding = SECRET_HEX }, "whsec_AAAA",
		    "it is not written in hexadecimal, as the secrets of "
		    "CircleCI are" },
		{ { GOOD, .algorithm = SCHEME_ED25519,
		    .encoding = SECRET_HEX }, KEY_HEX, NULL },
		{ { GOOD, .algorithm = SCHEME_ED25519,
		    .encoding = SECRET_HEX }, KEY_HEX "00", "an ed25519 "
		    "public key has 32 bytes, and this one 33" },
		/* whatever the encoding: anybody could make such an HMAC */
		{ { GOOD, .encoding = SECRET_BASE64 }, "whpk_AAAA", PUBLIC },
		{ { GOOD }, "whpk_AAAA", PUBLIC },
		{ { GOOD }, "-----BEGIN PUBLIC KEY-----\nMCow", PUBLIC },
		{ { GOOD }, "ssh-ed25519 AAAA", PUBLIC },
		{ { GOOD }, "ssh-ed25519", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct scheme schemes[] = { cases[i].scheme,
			SCHEME_END };
		const struct recipe r = { .schemes = schemes };
		const struct source s = { .provider = &provider_circleci,
			.recipe = &r };
		struct reason why = { "" };

		assert_int_equal(recipe_check_secret(&s, bytes_of(
		    cases[i].secret), &why), cases[i].why == NULL ? ST_OK :
		    ST_CONFIG);
		assert_string_equal(why.text, cases[i].why == NULL ? "" :
		    cases[i].why);
	}
}

#define ZEROS "000000000000000000000000000000000000000000000000000000000000"
#define ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

/* Why: under a key of zeros, libcrypto takes R = 1, S = 0 for a signature of
 * one text in four. */
static bool
anybody_signs_with_it(void)
{
	static const unsigned char key[ED25519_KEY_LEN] = { 0 },
	    signature[ED25519_SIGNATURE_LEN] = { 1 };
	bool signs = false;

	for (char text = 'a'; text <= 'z'; text++)
		signs |= ed25519_verify(key, (struct bytes){ &text, 1 },
		    signature) == ST_OK;
	return signs;
}

/* All zeros, as a form's default may be, and its kind. */
static void
refuses_a_public_key_with_which_strangers_can_sign(void **state)
{
	static const char *const keys[] = {
		"00" ZEROS "00", "00" ZEROS "80", "01" ZEROS "00",
		"01" ZEROS "80", "ec" ONES "7f", "ec" ONES "ff",
		"ed" ONES "7f", "ed" ONES "ff", "ee" ONES "7f",
		"ee" ONES "ff",
		"26e8958fc2b227b045c3f489f2ef98f0"
		    "d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0"
		    "d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f"
		    "2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f"
		    "2a2053fa2c39ccc64ec7fd7792ac03fa",
	};
	static const struct scheme schemes[] = { { GOOD,
	    .algorithm = SCHEME_ED25519, .encoding = SECRET_HEX },
	    SCHEME_END };
	static const struct recipe r = { .schemes = schemes };
	const struct source s = { .provider = &provider_circleci,
		.recipe = &r };
	struct reason why;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (recipe_check_secret(&s, bytes_of(keys[i]), &why) !=
		    ST_CONFIG)
			fail_msg("taken: %s", keys[i]);
		assert_string_equal(why.text, "it is a weak ed25519 public "
		    "key: with it, strangers could sign as well");
	}
	assert_true(anybody_signs_with_it());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_senders_do),
		cmocka_unit_test(
		    refuses_what_would_verify_nothing_or_too_much),
		cmocka_unit_test(refuses_a_scheme_without_a_header),
		cmocka_unit_test(takes_every_row_of_ours),
		cmocka_unit_test(
		    refuses_to_keep_the_header_that_has_the_secret),
		cmocka_unit_test(refuses_a_secret_that_no_scheme_can_use),
		cmocka_unit_test(
		    refuses_a_public_key_with_which_strangers_can_sign),
	};

	return cmocka_run_group_tests_name("scheme_check", tests, NULL, NULL);
}
