#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "blind.h"
#include "gzip_fixture.h"
#include "refused_fixture.h"
#include "refused_quota.h"
#include "on_valgrind.h"
#include "patience.h"

static const char USER[] = "{\"event\":\"user\",\"action\":\"created\","
    "\"user\":{\"login\":\"o\"}}";

static int64_t
now(void)
{
	return vector_time(CAPTURE_TIME);
}

/* As if it were long ago that the last one came. */
static void
let_time_pass(struct place *p)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/refused/limits", p->dir);
	if (access(path, F_OK) == 0)
		assert_int_equal(truncate(path, 0), 0);
}

/* --- what is kept --------------------------------------------------------- */

static void
keeps_what_verifying_needs_and_nothing_else(void **state)
{
	static const char *const gone[] = { "cookie", "proxy-authorization",
	    "referer", "x-original-url", "x-forwarded-authorization",
	    "x-forwarded-for", "forwarded", "x-real-ip", "x-api-key", "via" };
	static const char *const kept[] = { "date", "content-type",
	    "content-length", "user-agent", "host", "x-github-event" };
	struct place *p = *state;
	struct message m;
	struct bytes text = BYTES(""), v;
	struct refused r;

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		text = arena_printf(&p->arena, "%.*s%s: gone%zu\n",
		    (int)text.len, text.data, gone[i], i);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		text = arena_printf(&p->arena, "%.*s%s: kept%zu\n",
		    (int)text.len, text.data, kept[i], i);
	vector_message(&p->arena, text, BYTES("{\"a\":1}\n\nx"), &m);
	m.query = BYTES("private=1");
	m.remote_addr = BYTES("192.0.2.7");
	keep(p, DRONE, &m);
	r = newest(p);
	assert_string_equal(r.source, "drone");
	assert_string_equal(r.why, "no Signature header");
	assert_int_equal(r.near, NEAR_NOT);
	assert_false(r.cut || r.hidden);
	assert_true(r.message.blind);
	assert_int_equal(r.message.received_ms, now());
	assert_true(bytes_is(r.message.remote_addr, "192.0.2.7"));
	assert_true(bytes_is(r.message.method, "POST"));
	assert_true(bytes_is(r.message.body, "{\"a\":1}\n\nx"));
	assert_null(r.message.query.data);
	assert_int_equal(r.message.header_count,
	    sizeof(kept) / sizeof(kept[0]));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_int_equal(message_headers(&r.message, kept[i], &v),
		    1);
	assert_false(holds(all_files(p), "gone", 4));
	assert_false(holds(all_files(p), "private", 7));
}

static void
keeps_no_header_that_is_no_line(void **state)
{
	struct http_header odd[] = { { BYTES("date"), BYTES("a\nb") },
	    { BYTES("date"), BYTES("a\r") }, { BYTES("da te"), BYTES("a") },
	    { BYTES("host"), BYTES("a\0b") }, { BYTES("host"), BYTES("good") },
	    { BYTES(""), BYTES("x") } };
	struct place *p = *state;
	struct message m = { .method = BYTES("POST"), .headers = odd,
	    .header_count = 6, .body = BYTES("{}"), .received_ms = now() };

	keep(p, DRONE, &m);
	assert_int_equal(newest(p).message.header_count, 1);
	assert_true(bytes_is(newest(p).message.headers[0].value, "good"));
}

static void
keeps_the_headers_of_one_that_is_too_large(void **state)
{
	struct place *p = *state;
	char *body = calloc(1, REFUSED_BODY_MAX + 2);
	struct message m;

	memset(body, 'x', REFUSED_BODY_MAX + 1);
	m = drone_request(p, "wrong", now(), body);
	keep(p, DRONE, &m);
	assert_true(newest(p).cut);
	assert_int_equal(newest(p).message.body.len, 0);
	assert_int_equal(newest(p).message.header_count, 6);
	m.body.len--;
	keep(p, DRONE, &m);
	assert_false(newest(p).cut);
	assert_int_equal(newest(p).message.body.len, REFUSED_BODY_MAX);
	free(body);
}

static void
leaves_out_one_header_that_is_too_large(void **state)
{
	struct place *p = *state;
	char *agent = calloc(1, 20000);
	struct message m;
	struct bytes v;

	memset(agent, 'y', 19999);
	vector_message(&p->arena, arena_printf(&p->arena, "Date: today\n"
	    "User-Agent: %s\nHost: x\n", agent), BYTES("{}"), &m);
	keep(p, DRONE, &m);
	m = newest(p).message;
	assert_int_equal(m.header_count, 2);
	assert_int_equal(message_headers(&m, "user-agent", &v), 0);
	assert_true(bytes_is(m.body, "{}"));
	free(agent);
}

static void
forgets_one_that_was_removed(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	struct refused r;
	int64_t number;

	keep(p, DRONE, &m);
	number = newest(p).number;
	refused_remove(p->dir, number);
	assert_int_equal(refused_read(p->dir, number, &p->arena, &r, NULL),
	    ST_UNKNOWN);
	/* "r17" never means another one later */
	keep(p, DRONE, &m);
	assert_int_equal(newest(p).number, number + 1);
}

static void
assert_mode(int folder, const char *name, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstatat(folder, name, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, mode);
}

static void
is_shared_with_the_group_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 077, 0, 022 };
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	char path[200];

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		mode_t before = umask(masks[i]);
		struct refused r = judged(p, DRONE, &m);
		int folder;

		snprintf(path, sizeof(path), "%s/%zu", p->dir, i);
		umask(0);
		assert_int_equal(mkdir(path, 0700), 0);
		umask(masks[i]);
		assert_int_equal(refused_keep(path, &r, p->sources, SOURCES,
		    NULL), ST_OK);
		umask(before);
		folder = open(path, O_RDONLY | O_DIRECTORY);
		assert_mode(folder, "refused", 0770);
		assert_mode(folder, "refused/limits", 0660);
		snprintf(path, sizeof(path), "refused/r1-s%x",
		    refused_group(&m));
		assert_mode(folder, path, 0660);
		close(folder);
	}
}

static bool no_memory_for_folders;

/* In the place of libc's, for the code that is tested, too. */
DIR *
fdopendir(int fd)
{
	DIR *(*next)(int) = (DIR *(*)(int))(uintptr_t)dlsym(RTLD_NEXT,
	    "fdopendir");

	errno = ENOMEM;
	return no_memory_for_folders ? NULL : next(fd);
}

static void
a_folder_that_cannot_be_listed_costs_no_descriptor(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	struct refused *all, r;
	int before, after;

	keep(p, DRONE, &m);
	before = open("/dev/null", O_RDONLY);
	no_memory_for_folders = true;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(list(p, &all), 0);
		assert_int_equal(refused_read(p->dir, 1, &p->arena, &r, NULL),
		    ST_UNKNOWN);
		refused_remove(p->dir, 1);
	}
	no_memory_for_folders = false;
	after = open("/dev/null", O_RDONLY);
	assert_int_equal(after, before + 1);
	close(before);
	close(after);
	assert_int_equal(list(p, &all), 1);
}

static void
follows_no_link_that_somebody_planted(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	struct refused r = judged(p, DRONE, &m), *all;
	char path[200], target[200];

	snprintf(path, sizeof(path), "%s/refused", p->dir);
	snprintf(target, sizeof(target), "%s/elsewhere", p->dir);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(refused_keep(p->dir, &r, p->sources, SOURCES, NULL),
	    ST_SYSTEM);
	assert_int_equal(list(p, &all), 0);
	assert_int_equal(rmdir(target), 0);
}

static void
first_file(const char *folder, char path[200])
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	assert_non_null(dir);
	path[0] = '\0';
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] == 'r')
			snprintf(path, 200, "%.90s/%.90s", folder, e->d_name);
	closedir(dir);
	assert_true(path[0] != '\0');
}

/* Who can write there could make another user's command show a file of his, or
 * wait for ever. */
static void
reads_no_link_and_no_pipe_that_somebody_planted(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	struct refused r, *all;
	char kept[200], planted[200], refused[200];

	keep(p, DRONE, &m);
	snprintf(refused, sizeof(refused), "%s/refused", p->dir);
	snprintf(kept, sizeof(kept), "%s/elsewhere", p->dir);
	assert_int_equal(list(p, &all), 1);
	first_file(refused, planted);
	assert_int_equal(rename(planted, kept), 0);
	assert_int_equal(symlink(kept, planted), 0);
	assert_int_equal(list(p, &all), 0);
	assert_int_equal(unlink(planted), 0);
	assert_int_equal(mkfifo(planted, 0600), 0);
	(void)alarm(PATIENCE_S);
	assert_int_equal(list(p, &all), 0);
	assert_int_equal(refused_read(p->dir, 1, &p->arena, &r, NULL),
	    ST_SYSTEM);
	(void)alarm(0);
	assert_int_equal(unlink(planted), 0);
	assert_int_equal(rename(kept, planted), 0);
	assert_int_equal(list(p, &all), 1);
}

static void
says_so_where_nothing_can_be_written(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	struct refused r = judged(p, DRONE, &m), *all;
	struct reason why = { "" };
	char path[200], nowhere[250];

	keep(p, DRONE, &m);
	snprintf(path, sizeof(path), "%s/refused", p->dir);
	snprintf(nowhere, sizeof(nowhere), "%s/gone", p->dir);
	assert_int_equal(refused_keep(nowhere, &r, p->sources, SOURCES, &why),
	    ST_SYSTEM);
	assert_non_null(strstr(why.text, "No such file"));
	assert_int_equal(chmod(path, 0500), 0);
	if (geteuid() != 0) {
		assert_int_equal(refused_keep(p->dir, &r, p->sources, SOURCES,
		    &why), ST_SYSTEM);
		assert_non_null(strstr(why.text, "refused/new: Permission"));
	}
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(list(p, &all), 1);
}

static void
lists_nothing_that_is_no_such_file(void **state)
{
	static const char *const texts[] = { "", "\n\n", "source: x\n\n\n",
	    "source: drone\nreceived: x\nremote: \nmethod: POST\nnear: shape\n"
	    "why: y\nno-query: \nbody: whole\n\n\n",
	    "source: drone\nreceived: 1\nremote: \nmethod: POST\nnear: by\n"
	    "why: y\nno-query: \nbody: whole\n\n\n",
	    "received: 1\nsource: drone\nremote: \nmethod: POST\nnear: shape\n"
	    "why: y\nno-query: \nbody: whole\n\n\n" };
	static const char *const names[] = { "r7", "r7-", "r7-x1", "r7-s",
	    "r7-s10", "r7-s01", "r-s1", "r07-s1", "r-7-s1", "x7-s1" };
	struct place *p = *state;
	struct refused *all;
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/refused", p->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(path, sizeof(path), "%s/refused/r%zu-s1", p->dir, i);
		f = fopen(path, "w");
		fputs(texts[i], f);
		fclose(f);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/refused/%s", p->dir,
		    names[i]);
		f = fopen(path, "w");
		fputs("source: drone\nreceived: 1\nremote: \nmethod: POST\n"
		    "near: shape\nwhy: y\nno-query: \nbody: whole\n\n\n", f);
		fclose(f);
	}
	assert_int_equal(list(p, &all), 0);
}

/* --- of what use it is to its reader -------------------------------------- */

/* What was kept, sent again as it stands in the file, and with the hash in the
 * place of what was hashed. */
static void
assert_useless(struct place *p, const struct refused *r)
{
	static const int64_t offsets_s[] = { -400, -305, -1, 0, 1, 8, 100, 299,
	    305, 400, 700, 3600, 86400 };

	for (size_t i = 0; i < sizeof(offsets_s) / sizeof(*offsets_s); i++) {
		for (int s = 0; s < SOURCES; s++) {
			struct message m = r->message;

			m.blind = false;
			m.received_ms += offsets_s[i] * 1000;
			assert_int_not_equal(vector_verify(&p->sources[s], &m,
			    &p->arena), ST_OK);
		}
	}
}

/* Whatever 64 hexadecimal digits the file has, in each form that a signature
 * may have. */
static void
assert_no_digits_sign(struct place *p, const struct message *sent)
{
	struct bytes text = arena_copy(&p->arena, all_files(p));
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1] = "", base64[48];

	for (size_t i = 0; i + 64 <= text.len; i++) {
		struct http_header headers[32];
		struct message m = *sent;

		if (!hex_decode_exact((struct bytes){ text.data + i, 64 }, mac,
		    SHA256_LEN))
			continue;
		memcpy(hex, text.data + i, 64);
		base64_encode(mac, sizeof(mac), base64);
		for (size_t h = 0; h < m.header_count; h++) {
			headers[h] = m.headers[h];
			if (bytes_is(headers[h].name, "signature"))
				headers[h].value = arena_printf(&p->arena,
				    "keyId=\"k\",algorithm=\"hmac-sha256\","
				    "signature=\"%s\",headers=\"date digest\"",
				    base64);
			if (bytes_is(headers[h].name, "circleci-signature"))
				headers[h].value = arena_printf(&p->arena,
				    "v1=%s", hex);
		}
		m.headers = headers;
		assert_int_not_equal(vector_verify(&p->sources[DRONE], &m,
		    &p->arena), ST_OK);
		assert_int_not_equal(vector_verify(&p->sources[CIRCLE], &m,
		    &p->arena), ST_OK);
	}
}

static void
no_kept_request_can_be_sent_again(void **state)
{
	struct place *p = *state;
	struct message m[] = {
		drone_request(p, secret_texts[DRONE], now() + 305000, USER),
		drone_request(p, secret_texts[DRONE], now() - 305000, USER),
		drone_request(p, secret_texts[CIRCLE], now(), USER),
		drone_request(p, "wrong", now(), USER),
		circle_request(p, secret_texts[DRONE], USER),
		circle_request(p, secret_texts[OTHER], USER),
		circle_request(p, "wrong", USER),
	};
	static const int to[] = { DRONE, DRONE, DRONE, DRONE, CIRCLE, CIRCLE,
	    CIRCLE };
	struct refused *all;
	size_t n;

	/* a parameter's name was wrong, the signature was right */
	for (size_t i = 0; i < 7; i++)
		keep(p, to[i], &m[i]);
	n = list(p, &all);
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++) {
		assert_useless(p, &all[i]);
		assert_no_digits_sign(p, &m[n - 1 - i]);
	}
	for (int s = 0; s < SOURCES; s++)
		assert_no_secret(all_files(p), secret_texts[s]);
}

/* The right MAC, wherever it stood and however it was written. */
static void
no_form_of_a_signature_is_kept(void **state)
{
	static const char *const forms[] = {
		"Signature: keyId=\"k\",sig=\"%s\",headers=\"date digest\"\n",
		"Signature: keyId=\"k\",signature=%s,headers=\"date digest\"\n",
		"Signature: keyId=\"%s\",signature=\"x\"\n",
		"Signature: %s\n",
		"Signature: keyId=“k”,signature=“%s”\n",
		"Authorization: keyId=\"k\",signature=\"%s\"\n",
		"Authorization: hmac-key\",signature=\"%s\"\n",
		"Authorization: Signature keyId=\"k\",signature=\"%s\"x\n",
		"Signature: keyId=\"k\",signature=\"%s\",signature=\"%s\"\n",
		"Circleci-Signature: v1=%s\n", "Circleci-Signature: %s\n",
		"X-Drone-Event: %s\n", "User-Agent: %s\n", "Host: a%s\n",
		"X-Hub-Signature: sha256=%s\n", "Authorization: Bearer %s\n",
		"Signature: signature=\"%.43s\"\n",
		"Signature: signature=\"%.30s\"\n",
	};
	struct place *p = *state;
	unsigned char mac[SHA256_LEN];
	char hex[65], upper[65], base64[45], url[45], hex64[89];
	const char *all[] = { base64, hex, upper, url, hex64 };
	int64_t kept = 0;

	assert_int_equal(hmac_sha256(bytes_of(secret_texts[DRONE]),
	    BYTES("text"), mac), ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	base64_encode(mac, sizeof(mac), base64);
	base64_encode((unsigned char *)hex, 64, hex64);
	for (size_t i = 0; i < 65; i++)
		upper[i] = hex[i] >= 'a' ? (char)(hex[i] - 32) : hex[i];
	for (size_t i = 0; i < 45; i++)
		url[i] = base64[i] == '+' ? '-' : base64[i] == '/' ? '_' :
		    base64[i];
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		for (size_t k = on_valgrind() ? i % 5 : 0; k < 5;
		    k += on_valgrind() ? 5 : 1) {
			struct message m;
			struct bytes text;
			char headers[400];

			snprintf(headers, sizeof(headers), "%.*s%s%s",
			    (int)(strstr(forms[i], "%") - forms[i]), forms[i],
			    "", "");
			snprintf(headers + strlen(headers),
			    sizeof(headers) - strlen(headers), "%.*s%s",
			    strstr(forms[i], ".30") ? 30 : 200, all[k],
			    strchr(strstr(forms[i], "%"), 's') + 1);
			m = custom_request(p, NULL, headers, USER);
			let_time_pass(p);
			keep(p, (int)(i + k) % 2 == 0 ? DRONE : CIRCLE, &m);
			assert_int_equal(newest(p).number, ++kept);
			text = all_files(p);
			for (size_t c = 0; c < 5; c++)
				assert_false(holds(text, all[c], 20));
		}
	}
}

/* --- secrets -------------------------------------------------------------- */

/* As a header's or a query's value would have it. */
static const char *
in_code(struct place *p, const char *secret, int code)
{
	char *out = arena_alloc(&p->arena, 6 * strlen(secret) + 40);
	size_t len = strlen(secret);
	char pair[200];

	switch (code) {
	case 0: return secret;
	case 1:
		for (size_t i = 0; i < len; i++)
			sprintf(out + 3 * i, "%%%02X", (unsigned)secret[i]);
		return out;
	case 2:
		hex_encode((const unsigned char *)secret, len, out);
		return out;
	case 3:
		base64_encode((const unsigned char *)secret, len, out);
		return out;
	case 4: case 5:
		snprintf(pair, sizeof(pair), "%s:%s", code == 4 ? "me" : "u",
		    secret);
		base64_encode((unsigned char *)pair, strlen(pair), out);
		return out;
	case 6:
		for (size_t i = 0; i < len; i++)
			sprintf(out + 6 * i, "\\u%04x", (unsigned)secret[i]);
		return out;
	case 7:
		for (size_t i = 0; i < len; i++)
			out[i] = secret[i] == ' ' ? '+' : secret[i];
		return out;
	default: return NULL;
	}
}

static void
no_secret_is_kept_wherever_it_stood(void **state)
{
	static const char *const places[] = { "X-Original-URL: /d?secret=%s\n",
	    "Referer: https://x/d?secret=%s\n", "Cookie: s=%s\n",
	    "X-Forwarded-Authorization: Bearer %s\n", "X-Token: %s\n",
	    "Proxy-Authorization: Basic %s\n", "Authorization: Basic %s\n",
	    "Authorization: Bearer %s\n", "Authorization: %s\n",
	    "User-Agent: curl %s\n", "Host: %s\n", "Date: %s\n",
	    "Digest: SHA-256=%s\n", "Content-Type: a/%s\n",
	    "X-Drone-Event: %s\n", "Idempotency-Key: %s\n",
	    "Signature: keyId=\"%s\",signature=\"x\"\n",
	    "Circleci-Signature: v1=%s\n", "Forwarded: for=%s\n",
	    "X-%s: x\n" };
	struct place *p = *state;
	const char *coded, *at;
	char text[900];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		/* each code in some place, and each place with some code */
		for (int code = on_valgrind() ? (int)i % 8 : 0; code < 8;
		    code += on_valgrind() ? 8 : 1) {
			struct message m = { .method = BYTES("POST"),
				.body = BYTES("{}"), .received_ms = now() };
			struct http_header h;
			int s = (int)(i + (size_t)code) % SOURCES;

			coded = in_code(p, secret_texts[s], code);
			at = strstr(places[i], "%s");
			snprintf(text, sizeof(text), "%.*s%s%s",
			    (int)(at - places[i]), places[i], coded, at + 2);
			text[strlen(text) - 1] = '\0';
			h.value = arena_copy(&p->arena, bytes_of(text));
			bytes_cut(&h.value, ':', &h.name);
			h.name = message_header_name(h.name, &p->arena);
			h.value = bytes_trim(h.value);
			m.headers = &h;
			m.header_count = 1;
			let_time_pass(p);
			for (int to = 0; to < SOURCES; to++) {
				struct refused r = { .source =
				    p->sources[to].name, .why = "x",
				    .message = m };

				refused_keep(p->dir, &r, p->sources, SOURCES,
				    NULL);
			}
			for (int k = 0; k < SOURCES; k++)
				assert_no_secret(all_files(p),
				    secret_texts[k]);
		}
	}
}

static void
no_secret_is_kept_in_a_body_or_a_reason(void **state)
{
	static const char *const bodies[] = { "secret=%s", "a=1&b=%s&c=2",
	    "{\"token\":\"%s\"}", "%s", "{\"a\":[\"x%sx\"]}" };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		for (int code = 0; code < 8; code++) {
			char text[900];
			const char *at = strstr(bodies[i], "%s");
			int s = (int)(i + (size_t)code) % SOURCES;
			struct message m;
			struct refused r;

			snprintf(text, sizeof(text), "%.*s%s%s",
			    (int)(at - bodies[i]), bodies[i],
			    in_code(p, secret_texts[s], code), at + 2);
			m = custom_request(p, text, "Host: x\n", text);
			let_time_pass(p);
			r = (struct refused){ .source = "deploy",
			    .why = arena_cstr(&p->arena, bytes_of(text)),
			    .near = NEAR_SHAPE, .message = m };
			assert_int_equal(refused_keep(p->dir, &r, p->sources,
			    SOURCES, NULL), ST_OK);
			assert_true(newest(p).hidden);
			assert_string_equal(newest(p).why,
			    "(it quotes a secret)");
			for (int k = 0; k < SOURCES; k++)
				assert_no_secret(all_files(p),
				    secret_texts[k]);
		}
	}
}

static void
a_form_is_not_kept_for_a_slip_may_be_in_it(void **state)
{
	static const char *const types[] = {
		"application/x-www-form-urlencoded",
		"Application/X-WWW-Form-Urlencoded",
		"multipart/form-data; boundary=x", "Multipart/Mixed" };
	struct place *p = *state;
	struct bytes v;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct message m = custom_request(p, NULL, arena_printf(
		    &p->arena, "Content-Type: %s\n", types[i]).data,
		    "secret=dep!oy-s3cre");

		keep(p, DEPLOY, &m);
		assert_true(newest(p).hidden);
		assert_false(holds(all_files(p), "dep!oy", 6));
		m = newest(p).message;
		assert_int_equal(message_headers(&m, "content-type", &v),
		    1);
		if (i == 0)
			assert_true(bytes_is(v, types[0]));
	}
}

/* A relay puts the headers of a request into the body of its own. */
static void
a_body_that_quotes_a_signature_is_not_kept(void **state)
{
#define BASE64 "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
#define HEX "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	static const struct { const char *body; bool hidden; } rows[] = {
		{ "{\"Signature\":\"keyId=\\\"k\\\",signature=\\\"" BASE64
		    "\\\"\"}", true },
		{ "Signature: keyId=\"k\",signature=\"" BASE64 "\"", true },
		{ "signature=" BASE64, true }, { "SIGNATURE=%22" HEX, true },
		{ "signature=\"RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o\"",
		    true },
		{ "{\"circleci-signature\":\"v0=1,v1=" HEX "\"}", true },
		{ "{\"X-Gitea-Signature\":\"" HEX "\"}", true },
		{ "x-gitea-signature: " HEX, true },
		{ "HTTP_X_GITEA_SIGNATURE=" HEX, true },
		{ "{\"h\":\"{\\\"x-gitea-signature\\\":\\\"" HEX "\\\"}\"}",
		    true },
		{ "{\"x-gitea-signature\":\"44136fa355b3678a\"}", false },
		{ "{\"signature\":\"\",\"after\":\"" HEX "\"}", false },
		{ "{\"sha256\":\"" HEX "\"}", false },
		{ "v1=abc signature=\"abc\" signature=", false },
		{ "{\"digest\":\"SHA-256=" BASE64 "\"}", false },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message m = custom_request(p, NULL, "Host: x\n",
		    rows[i].body);

		let_time_pass(p);
		keep(p, DEPLOY, &m);
		if (newest(p).hidden != rows[i].hidden)
			fail_msg("%s", rows[i].body);
	}
#undef BASE64
#undef HEX
}

static void
a_body_that_is_packed_is_not_kept(void **state)
{
	static const struct { const char *coding; bool hidden; } rows[] = {
		{ "gzip", true }, { "br, gzip", true }, { "identity", false },
		{ "Identity ", false }, { "identity, gzip", true },
		{ "", false },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message m = custom_request(p, NULL, arena_printf(
		    &p->arena, "Content-Encoding: %s\n",
		    rows[i].coding).data, "\x1f\x8b\x08 and so on");

		let_time_pass(p);
		keep(p, DEPLOY, &m);
		assert_int_equal(newest(p).hidden, rows[i].hidden);
	}
}

/* As it came, for its signature is of that. */
static void
a_gzip_stream_is_kept_unless_a_secret_is_in_it(void **state)
{
	struct place *p = *state;
	struct bytes clean = gzip_of(&p->arena, BYTES("{\"a\":1}"));
	struct bytes dirty = gzip_of(&p->arena, bytes_of(secret_texts[OTHER]));
	struct message m = custom_request(p, NULL, "Content-Encoding: gzip\n",
	    "");

	m.body = clean;
	keep(p, DEPLOY, &m);
	assert_false(newest(p).hidden);
	assert_true(bytes_equal(newest(p).message.body, clean));
	m.body = dirty;
	let_time_pass(p);
	keep(p, DEPLOY, &m);
	assert_true(newest(p).hidden);
	m.body = gzip_of(&p->arena, (struct bytes){ arena_alloc(&p->arena,
	    2 << 20), 2 << 20 });
	let_time_pass(p);
	keep(p, DEPLOY, &m);
	assert_true(newest(p).hidden);
}

static void
an_address_or_a_method_that_holds_a_secret_is_not_kept(void **state)
{
	struct place *p = *state;
	struct message m = custom_request(p, NULL, "Host: x\n", "{}");

	m.remote_addr = bytes_of(secret_texts[DEPLOY]);
	m.method = bytes_of(secret_texts[OTHER]);
	keep(p, DRONE, &m);
	assert_true(bytes_is(newest(p).message.remote_addr, "?"));
	assert_true(bytes_is(newest(p).message.method, "?"));
	assert_no_secret(all_files(p), secret_texts[OTHER]);
	assert_no_secret(all_files(p), secret_texts[DEPLOY]);
}

static void
half_a_long_secret_is_a_secret(void **state)
{
	struct place *p = *state;
	struct message m = custom_request(p, NULL, "Host: x\n",
	    "{\"a\":\"c1rcl3-secret-token-0123456789abcdeX\"}");

	keep(p, DEPLOY, &m);
	assert_true(newest(p).hidden);
	m = custom_request(p, NULL, "Host: x\n",
	    "{\"a\":\"X1rcl3-secret-token-0123456789abcdef\"}");
	keep(p, DEPLOY, &m);
	assert_true(newest(p).hidden);
}

static void
what_is_short_of_memory_is_not_kept_in_part(void **state)
{
	struct place *p = *state;
	struct message m = custom_request(p, "secret=x&a=b", "Host: x\n"
	    "Authorization: Bearer x\nUser-Agent: y\n", "{}"), out;
	const struct leak_search *search = leak_search_make(p->sources, SOURCES,
	    &p->arena);
	enum status st = ST_BUSY;

	for (size_t limit = 16; st != ST_OK; limit += 16) {
		struct arena a = ARENA(limit);

		st = blind_message(&m, &p->sources[DEPLOY], p->sources,
		    SOURCES, search, &a, &out);
		if (st == ST_OK) {
			assert_true(out.blind);
			assert_int_equal(out.header_count, 3);
			assert_true(out.query.len > 150);
			assert_true(bytes_is(out.body, "{}"));
		} else {
			assert_int_equal(st, ST_BUSY);
		}
		arena_free(&a);
		assert_true(limit < 1 << 20);
	}
}

/* --- of what use it is to its operator ------------------------------------ */

static void
a_kept_signature_can_still_be_verified(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "the new secret", now(), USER);
	struct secret later = { (unsigned char *)"the new secret", 14 };
	struct source s = p->sources[DRONE];
	struct proof proof, sent;
	struct refused r;

	keep(p, DRONE, &m);
	r = newest(p);
	assert_int_equal(r.near, NEAR_SHAPE);
	assert_int_equal(vector_verify(&s, &r.message, &p->arena), ST_DENIED);
	s.secrets = &later;
	assert_int_equal(s.provider->verify(&s, &r.message, &p->arena, NULL,
	    &proof, NULL), ST_OK);
	/* and it is the same event as the one that was sent */
	assert_int_equal(s.provider->verify(&s, &m, &p->arena, NULL, &sent,
	    NULL), ST_OK);
	assert_true(bytes_equal(proof.identity, sent.identity));
	m = circle_request(p, "the new secret", USER);
	keep(p, CIRCLE, &m);
	s = p->sources[CIRCLE];
	s.secrets = &later;
	r = newest(p);
	assert_int_equal(vector_verify(&s, &r.message, &p->arena), ST_OK);
	((char *)(uintptr_t)r.message.body.data)[1] ^= 1;
	assert_int_equal(vector_verify(&s, &r.message, &p->arena), ST_DENIED);
}

static void
a_kept_secret_can_still_be_verified(void **state)
{
	static const struct { const char *query, *headers; } cases[] = {
		{ "secret=new%20one!", "" }, { "a=b&secret=new+one!&c", "" },
		{ "%73ecret=new%20one!", "" },
		{ NULL, "Authorization: Bearer new one!\n" },
		{ NULL, "Authorization: bearer  new one!\n" },
	};
	static const struct { const char *query, *headers; } wrong[] = {
		{ "secret=new%20one", "" }, { "secret=", "" },
		{ "secret=new%20one!&secret=x", "" }, { "secrets=x", "" },
		{ "secret=new%2", "" }, { NULL, "X-Token: new one!\n" },
		{ NULL, "Authorization: Basic new one!\n" },
		{ NULL, "Authorization: new\n" }, { NULL, "" },
	};
	struct place *p = *state;
	struct secret later = { (unsigned char *)"new one!", 8 };
	struct source s = p->sources[DEPLOY];
	struct message m;
	struct refused r;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m = custom_request(p, cases[i].query, cases[i].headers, "{}");
		keep(p, DEPLOY, &m);
		r = newest(p);
		assert_int_equal(vector_verify(&p->sources[DEPLOY], &r.message,
		    &p->arena), ST_DENIED);
		s.secrets = &later;
		assert_int_equal(vector_verify(&s, &r.message, &p->arena),
		    ST_OK);
		assert_false(holds(all_files(p), "one!", 4));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct reason then, why;
		struct proof proof;

		m = custom_request(p, wrong[i].query, wrong[i].headers, "{}");
		let_time_pass(p);
		keep(p, DEPLOY, &m);
		r = newest(p);
		(void)s.provider->verify(&s, &m, &p->arena, NULL, &proof,
		    &then);
		assert_int_not_equal(s.provider->verify(&s, &r.message,
		    &p->arena, NULL, &proof, &why), ST_OK);
		assert_string_equal(why.text, then.text);
	}
}

static void
only_the_date_of_a_kept_one_can_be_forgiven(void **state)
{
	struct place *p = *state;
	struct message m[] = {
		drone_request(p, secret_texts[DRONE], now() + 305000, USER),
		drone_request(p, secret_texts[DRONE], now() - 7200000, USER),
		drone_request(p, secret_texts[DRONE], now() - 7200000, USER),
		drone_request(p, "wrong", now() + 305000, USER),
	};
	struct source s = p->sources[DRONE];

	m[2].body = BYTES("{\"event\":\"user\"}");
	s.any_age = true;
	for (size_t i = 0; i < 4; i++) {
		struct refused r;

		keep(p, DRONE, &m[i]);
		r = newest(p);
		assert_int_equal(r.near, i < 3 ? NEAR_GENUINE : NEAR_SHAPE);
		assert_int_equal(vector_verify(&p->sources[DRONE], &r.message,
		    &p->arena), ST_DENIED);
		assert_int_equal(vector_verify(&s, &r.message, &p->arena),
		    i < 2 ? ST_OK : ST_DENIED);
	}
}

/* Where the secret stood was the mistake; of nothing else is there a hash. */
static void
a_header_is_kept_for_being_the_secret_alone(void **state)
{
	static const struct { const char *name; bool kept; } rows[] = {
		{ "X-Token", true }, { "X-Api-Key", true }, { "Cookie", false },
		{ "Proxy-Authorization", false },
		{ "X-Name-That-Is-Much-Too-Long-To-Be-Kept-Too", false },
	};
	struct place *p = *state;
	struct message m;
	struct bytes v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = custom_request(p, NULL, arena_printf(&p->arena,
		    "%s: %s\nX-Other: 1\n", rows[i].name,
		    secret_texts[DEPLOY]).data, "{}");
		let_time_pass(p);
		keep(p, DEPLOY, &m);
		m = newest(p).message;
		assert_int_equal(m.header_count, rows[i].kept);
		if (rows[i].kept)
			assert_true(bytes_has_prefix(m.headers[0].value,
			    "sha256-"));
		assert_int_equal(message_headers(&m, "x-other", &v),
		    0);
	}
	m = custom_request(p, NULL, arena_printf(&p->arena, "X-Token: %s\n",
	    secret_texts[DEPLOY]).data, "{}");
	keep(p, DRONE, &m);
	assert_int_equal(newest(p).message.header_count, 0);
}

static void
a_query_is_kept_as_it_was_written_and_as_it_is_read(void **state)
{
	static const struct { const char *sent, *kept; } rows[] = {
		{ "secret=ab", "secret=H" }, { "", "" }, { "&&", "" },
		{ "secret=a+b", "secret=H&!secret=H" },
		{ "secret=%4", "secret=%&!secret=H" },
		{ "%73ecret=a%62", "secret=H&!secret=H" },
		{ "secret", "secret=H" }, { "a=1&b=2", "a=H&b=H" },
		{ "<x>=1&a%20b=2", "?=H&?=H" },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message m = custom_request(p, rows[i].sent, "Host: x\n",
		    "{}");
		struct bytes rest, part;
		char text[200] = "";

		let_time_pass(p);
		keep(p, DEPLOY, &m);
		rest = newest(p).message.query;
		while (rest.len > 0) {
			bytes_cut(&rest, '&', &part);
			snprintf(text + strlen(text), 40, "%s%.*s",
			    *text == '\0' ? "" : "&",
			    (int)((char *)memchr(part.data, '=', part.len) -
			    part.data) + 1, part.data);
			strcat(text, part.data[part.len - 1] == '%' ? "%" :
			    "H");
		}
		assert_string_equal(text, rows[i].kept);
	}
}

/* --- quotas --------------------------------------------------------------- */

static size_t
count_near(struct place *p, enum nearness near)
{
	struct refused *all;
	size_t n = list(p, &all), found = 0;

	for (size_t i = 0; i < n; i++)
		found += all[i].near == near;
	return found;
}

static void
keeps_a_burst_of_each_kind_and_then_a_few(void **state)
{
	struct place *p = *state;
	struct message noise = custom_request(p, NULL, "Host: x\n", "{}");
	struct message wrong = drone_request(p, "wrong", now(), USER);
	struct message stale = drone_request(p, secret_texts[DRONE], 0, USER);

	for (int i = 0; i < 60; i++) {
		keep(p, DRONE, &noise);
		keep(p, DRONE, &wrong);
		keep(p, DRONE, &stale);
	}
	assert_in_range(count_near(p, NEAR_NOT), 10, 14);
	assert_in_range(count_near(p, NEAR_SHAPE), 20, 30);
	assert_int_equal(count_near(p, NEAR_GENUINE), REFUSED_GENUINE_MAX);
}

static void
what_is_far_from_genuine_never_pushes_out_what_is_near(void **state)
{
	struct place *p = *state;
	struct message noise = custom_request(p, NULL, "Host: x\n", "{}");
	struct message wrong = drone_request(p, "wrong", now(), USER);
	struct message stale = drone_request(p, secret_texts[DRONE], 0, USER);
	struct message other = drone_request(p, secret_texts[CIRCLE], now(),
	    USER);

	for (int i = 0; i < 12; i++) {
		keep(p, DRONE, &stale);
		/* its MAC is right for another source of the same kind */
		p->sources[CIRCLE].provider = &provider_drone;
		keep(p, DRONE, &other);
		p->sources[CIRCLE].provider = &provider_circleci;
	}
	assert_int_equal(count_near(p, NEAR_GENUINE), 24);
	for (int i = 0; i < 60; i++) {
		let_time_pass(p);
		noise.remote_addr = wrong.remote_addr = arena_printf(&p->arena,
		    "10.0.0.%d", i);
		keep(p, DRONE, &noise);
		keep(p, DRONE, &wrong);
	}
	assert_int_equal(count_near(p, NEAR_GENUINE), 24);
	assert_int_equal(count_near(p, NEAR_SHAPE), REFUSED_SHAPE_MAX);
	assert_int_equal(count_near(p, NEAR_NOT), REFUSED_NOT_MAX);
}

static void
a_flood_from_one_place_loses_its_own(void **state)
{
	struct place *p = *state;
	struct message flood = drone_request(p, "wrong", now(), USER);
	struct message mine = drone_request(p, "mine", now(), USER);
	struct refused *all;
	size_t n, found = 0;

	flood.remote_addr = BYTES("10.0.0.1");
	mine.remote_addr = BYTES("192.0.2.3");
	for (int i = 0; i < 10; i++) {
		for (int k = 0; k < 30; k++)
			keep(p, DRONE, &flood);
		keep(p, DRONE, &mine);
		let_time_pass(p);
	}
	for (int k = 0; k < 60; k++) {
		let_time_pass(p);
		keep(p, DRONE, &flood);
	}
	n = list(p, &all);
	for (size_t i = 0; i < n; i++)
		found += bytes_is(all[i].message.remote_addr, "192.0.2.3");
	assert_int_equal(n, REFUSED_SHAPE_MAX);
	assert_int_equal(found, 10);
}

static void
keeps_the_newest_of_its_kind(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	struct refused *all;
	size_t n;

	for (int i = 0; i < REFUSED_SHAPE_MAX + 5; i++) {
		keep(p, DRONE, &m);
		let_time_pass(p);
	}
	n = list(p, &all);
	assert_int_equal(n, REFUSED_SHAPE_MAX);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(all[i].number, REFUSED_SHAPE_MAX + 5 - i);
}

static void
a_clock_that_was_set_back_stops_nothing(void **state)
{
	struct place *p = *state;
	struct message m = drone_request(p, "wrong", now(), USER);
	int64_t far[3 * 16];
	char path[200];
	int fd;

	keep(p, DRONE, &m);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		far[i] = INT64_C(1) << 60;
	snprintf(path, sizeof(path), "%s/refused/limits", p->dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(write(fd, far, sizeof(far)), sizeof(far));
	close(fd);
	keep(p, DRONE, &m);
	assert_int_equal(newest(p).number, 2);
}

struct flood {
	struct place *p;
	struct refused r;
	volatile bool stop;
};

static void *
be_flood(void *arg)
{
	struct flood *f = arg;

	while (!f->stop)
		refused_keep(f->p->dir, &f->r, f->p->sources, SOURCES, NULL);
	return NULL;
}

static void
twenty_of_twenty_are_kept_while_four_threads_flood(void **state)
{
	struct place *p = *state;
	struct message m[4] = {
		custom_request(p, NULL, "Host: x\n", "{}"),
		drone_request(p, "wrong", now(), USER),
		circle_request(p, "wrong", USER),
		custom_request(p, "secret=x", "Host: x\n", "{}"),
	};
	static const int to[] = { DRONE, DRONE, CIRCLE, DEPLOY };
	struct message stale = drone_request(p, secret_texts[DRONE], 0, USER);
	struct refused mine = judged(p, DRONE, &stale);
	struct flood f[4];
	pthread_t threads[4];

	NOT_ON_VALGRIND("which lets four busy threads keep a fifth out");
	for (int i = 0; i < 4; i++) {
		f[i] = (struct flood){ p, judged(p, to[i], &m[i]), false };
		assert_int_equal(pthread_create(&threads[i], NULL, be_flood,
		    &f[i]), 0);
	}
	for (size_t i = 1; i <= 20; i++) {
		const struct timespec nap = { 0, 5 * 1000 * 1000 };

		/* where the flood has the lock for too long, it is not kept */
		AWAIT(refused_keep(p->dir, &mine, p->sources, SOURCES,
		    NULL) == ST_OK && count_near(p, NEAR_GENUINE) == i);
		nanosleep(&nap, NULL);
	}
	for (int i = 0; i < 4; i++) {
		f[i].stop = true;
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(count_near(p, NEAR_GENUINE), 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_what_verifying_needs_and_nothing_else),
		TEST(keeps_no_header_that_is_no_line),
		TEST(keeps_the_headers_of_one_that_is_too_large),
		TEST(leaves_out_one_header_that_is_too_large),
		TEST(forgets_one_that_was_removed),
		TEST(is_shared_with_the_group_whatever_the_umask),
		TEST(a_folder_that_cannot_be_listed_costs_no_descriptor),
		TEST(follows_no_link_that_somebody_planted),
		TEST(reads_no_link_and_no_pipe_that_somebody_planted),
		TEST(says_so_where_nothing_can_be_written),
		TEST(lists_nothing_that_is_no_such_file),
		TEST(no_kept_request_can_be_sent_again),
		TEST(no_form_of_a_signature_is_kept),
		TEST(no_secret_is_kept_wherever_it_stood),
		TEST(no_secret_is_kept_in_a_body_or_a_reason),
		TEST(a_form_is_not_kept_for_a_slip_may_be_in_it),
		TEST(a_body_that_quotes_a_signature_is_not_kept),
		TEST(a_body_that_is_packed_is_not_kept),
		TEST(a_gzip_stream_is_kept_unless_a_secret_is_in_it),
		TEST(an_address_or_a_method_that_holds_a_secret_is_not_kept),
		TEST(half_a_long_secret_is_a_secret),
		TEST(what_is_short_of_memory_is_not_kept_in_part),
		TEST(a_kept_signature_can_still_be_verified),
		TEST(a_kept_secret_can_still_be_verified),
		TEST(only_the_date_of_a_kept_one_can_be_forgiven),
		TEST(a_header_is_kept_for_being_the_secret_alone),
		TEST(a_query_is_kept_as_it_was_written_and_as_it_is_read),
		TEST(keeps_a_burst_of_each_kind_and_then_a_few),
		TEST(what_is_far_from_genuine_never_pushes_out_what_is_near),
		TEST(a_flood_from_one_place_loses_its_own),
		TEST(keeps_the_newest_of_its_kind),
		TEST(a_clock_that_was_set_back_stops_nothing),
		TEST(twenty_of_twenty_are_kept_while_four_threads_flood),
	};

	return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}
