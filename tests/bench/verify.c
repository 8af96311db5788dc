/*
 * What it costs to verify a body, beside SHA-256 of the same body by libcrypto.
 *
 *	verify BODY_BYTES ROUNDS
 *
 * Prints the medians in microseconds: circleci, drone's digest aside, is one
 * HMAC of the body; then the plain SHA-256.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "codec.h"
#include "crypto.h"
#include "message.h"
#include "provider.h"

enum { ROUNDS_MAX = 10000 };

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_size);
	return values[count / 2];
}

static double
verify_us(const struct source *s, const struct message *m)
{
	struct arena a = ARENA(1024 * 1024);
	struct reason why = { "" };
	const double begun_us = now_us();
	struct proof proof;
	const enum status st = s->provider->verify(s, m, &a, NULL, &proof,
	    &why);
	const double us = now_us() - begun_us;

	arena_free(&a);
	if (st != ST_OK) {
		fprintf(stderr, "verify: %s\n", why.text);
		exit(1);
	}
	return us;
}

static double
sha256_us(struct bytes body)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const double begun_us = now_us();

	if (EVP_Digest(body.data, body.len, digest, NULL, EVP_sha256(), NULL)
	    != 1)
		exit(1);
	return now_us() - begun_us;
}

static struct bytes
signature_of(struct bytes key, struct bytes body, char text[80])
{
	unsigned char mac[SHA256_LEN];

	if (hmac_sha256(key, body, mac) != ST_OK)
		exit(1);
	memcpy(text, "v1=", 3);
	hex_encode(mac, sizeof(mac), text + 3);
	return (struct bytes){ text, 3 + 2 * sizeof(mac) };
}

int
main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], plain[ROUNDS_MAX];
	struct secret secret = { (unsigned char *)"secret", 6 };
	const struct source source = { .name = "circleci",
	    .provider = &provider_circleci, .secrets = &secret,
	    .secret_count = 1, .keep_ms = 1 };
	struct bytes body = { NULL, argc == 3 ? (size_t)atoi(argv[1]) : 0 };
	const size_t rounds = argc == 3 ? (size_t)atoi(argv[2]) : 0;
	struct http_header header = { BYTES("circleci-signature"), { 0 } };
	struct message m = { .headers = &header, .header_count = 1 };
	char *data, text[80];

	if (rounds == 0 || rounds > ROUNDS_MAX || body.len == 0 ||
	    (data = malloc(body.len)) == NULL)
		return 2;
	memset(data, 'x', body.len);
	m.body = body = (struct bytes){ data, body.len };
	header.value = signature_of((struct bytes){ "secret", 6 }, body, text);
	for (size_t i = 0; i < rounds; i++) {
		ours[i] = verify_us(&source, &m);
		plain[i] = sha256_us(body);
	}
	printf("%.1f %.1f\n", median(ours, rounds), median(plain, rounds));
	free(data);
	return 0;
}
