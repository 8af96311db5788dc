#ifndef CGIHOOK_REFUSED_FIXTURE_H
#define CGIHOOK_REFUSED_FIXTURE_H

/* A state folder, sources with their secrets, and requests to them. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../temporary.h"
#include "refused.h"
#include "vectors.h"

enum { DRONE, CIRCLE, DEPLOY, OTHER, SOURCES };

static const char *const secret_texts[SOURCES] = {
	[DRONE] = "drone+secret/with=all&sorts of%41 bytes",
	[CIRCLE] = "c1rcl3-secret-token-0123456789abcdef",
	[DEPLOY] = "dep!oy s3cret",
	[OTHER] = "0ther/secret+of the other one",
};

struct place {
	char dir[TEMPORARY_MAX];
	struct arena arena;
	struct secret secrets[SOURCES];
	struct source sources[SOURCES];
};

static inline int
make_place(void **state)
{
	static const char *const providers[SOURCES] = { "drone", "circleci",
	    "custom", "custom" };
	static const char *const names[SOURCES] = { "drone", "circleci",
	    "deploy", "other" };
	struct place *p = calloc(1, sizeof(*p));

	*state = p;
	for (int i = 0; i < SOURCES; i++) {
		p->secrets[i] = (struct secret){
			(unsigned char *)(uintptr_t)secret_texts[i],
			strlen(secret_texts[i]) };
		p->sources[i] = (struct source){ .name = names[i],
		    .provider = provider_find(providers[i]),
		    .secrets = &p->secrets[i], .secret_count = 1,
		    .max_age_ms = 300000, .keep_ms = 30 * DAY_MS };
	}
	return make_temporary(p->dir, "refused");
}

static inline int
remove_place(void **state)
{
	struct place *p = *state;
	int failed = remove_temporary(p->dir);

	arena_free(&p->arena);
	free(p);
	return failed;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)

/* What verify says; then kept, as the responder does. */
static inline struct refused
judged(struct place *p, int source, const struct message *m)
{
	const struct source *s = &p->sources[source];
	struct reason why = { "" };
	struct proof proof = { 0 };

	if (event_verify(s, m, &p->arena, NULL, &proof, &why) == ST_OK)
		fail_msg("it is genuine");
	return (struct refused){ .source = s->name, .near = proof.near,
	    .why = arena_cstr(&p->arena, bytes_of(why.text)),
	    .message = *m };
}

static inline void
keep(struct place *p, int source, const struct message *m)
{
	struct refused r = judged(p, source, m);

	assert_int_equal(refused_keep(p->dir, &r, p->sources, SOURCES, NULL),
	    ST_OK);
}

static inline size_t
list(struct place *p, struct refused **all)
{
	size_t n;

	assert_int_equal(refused_list(p->dir, &p->arena, all, &n, NULL),
	    ST_OK);
	return n;
}

static inline struct refused
newest(struct place *p)
{
	struct refused *all;

	assert_true(list(p, &all) > 0);
	return all[0];
}

/* A request of Drone's, dated date_ms, under a key. */
static inline struct message
drone_request(struct place *p, const char *key, int64_t date_ms,
    const char *body)
{
	struct arena *a = &p->arena;
	unsigned char hash[SHA256_LEN], mac[SHA256_LEN];
	char date[30], digest[48], signature[48];
	struct bytes text;
	struct message m;

	assert_int_equal(sha256(bytes_of(body), hash), ST_OK);
	base64_encode(hash, sizeof(hash), digest);
	date_format_http(date_ms, date);
	text = arena_printf(a, "date: %s\ndigest: SHA-256=%s", date, digest);
	assert_int_equal(hmac_sha256(bytes_of(key), text, mac), ST_OK);
	base64_encode(mac, sizeof(mac), signature);
	vector_message(a, arena_printf(a, "Date: %s\nDigest: SHA-256=%s\n"
	    "Signature: keyId=\"hmac-key\",algorithm=\"hmac-sha256\","
	    "signature=\"%s\",headers=\"date digest\"\nX-Drone-Event: user\n"
	    "User-Agent: Go-http-client/1.1\nContent-Type: application/json\n",
	    date, digest, signature), bytes_of(body), &m);
	return m;
}

static inline struct message
circle_request(struct place *p, const char *key, const char *body)
{
	struct arena *a = &p->arena;
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	struct message m;

	assert_int_equal(hmac_sha256(bytes_of(key), bytes_of(body), mac),
	    ST_OK);
	hex_encode(mac, sizeof(mac), hex);
	vector_message(a, arena_printf(a, "Circleci-Signature: v1=%s\n"
	    "Circleci-Event-Type: ping\nContent-Type: application/json\n",
	    hex), bytes_of(body), &m);
	return m;
}

static inline struct message
custom_request(struct place *p, const char *query, const char *headers,
    const char *body)
{
	struct message m;

	vector_message(&p->arena, arena_copy(&p->arena, bytes_of(headers)),
	    bytes_of(body), &m);
	m.query = bytes_of(query);
	return m;
}

/* All that lies in the folder, one file behind the other. */
static inline struct bytes
all_files(struct place *p)
{
	static char text[1 << 20];
	const struct dirent *e;
	char path[200];
	size_t n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/refused", p->dir);
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		int fd = openat(dirfd(dir), e->d_name, O_RDONLY);

		if (e->d_name[0] == 'r')
			n += (size_t)read(fd, text + n, sizeof(text) - n);
		close(fd);
	}
	closedir(dir);
	return (struct bytes){ text, n };
}

static inline bool
holds(struct bytes text, const char *part, size_t len)
{
	return len > 0 && memmem(text.data, text.len, part, len) != NULL;
}

/* In the codes in which people and programs write one. */
static inline void
assert_no_secret(struct bytes text, const char *secret)
{
	size_t len = strlen(secret);
	char code[1024];

	assert_false(holds(text, secret, len));
	for (size_t i = 0; i < len; i++)
		snprintf(code + 3 * i, 4, "%%%02X", (unsigned)secret[i]);
	assert_false(holds(text, code, 3 * len));
	for (size_t i = 0; i < len; i++)
		snprintf(code + 6 * i, 7, "\\u%04x", (unsigned)secret[i]);
	assert_false(holds(text, code, 6 * len));
	hex_encode((const unsigned char *)secret, len, code);
	assert_false(holds(text, code, 2 * len));
	for (size_t at = 0; at < 3; at++) {
		char shifted[256] = "xx";

		/* from where a group of three bytes begins to where one ends */
		memcpy(shifted + 3 - at, secret, len);
		base64_encode((unsigned char *)shifted + 3, (len - at) / 3 * 3,
		    code);
		assert_false(holds(text, code, strlen(code)));
	}
}

#endif
