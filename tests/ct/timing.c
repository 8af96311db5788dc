/*
 * After dudect: does the time of verifying differ between a MAC that is wrong
 * in its first byte and one that is wrong in its last? Welch's t over many
 * measurements in random order; beyond 4.5 something leaks. A report, not a
 * test: other work on the machine can disturb it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "codec.h"
#include "crypto.h"
#include "provider.h"

enum { ROUNDS = 400000 };

struct sample {
	double n, mean, sum;	/* Welford's running mean and squares */
};

static void
add(struct sample *s, double value)
{
	double before = value - s->mean;

	s->n++;
	s->mean += before / s->n;
	s->sum += before * (value - s->mean);
}

static double
measure_ns(const struct source *s, struct message *m, struct arena *a)
{
	struct timespec begin, end;
	struct proof proof;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	provider_circleci.verify(s, m, a, NULL, &proof, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	arena_reset(a);
	return (double)(end.tv_sec - begin.tv_sec) * 1e9 +
	    (double)(end.tv_nsec - begin.tv_nsec);
}

int
main(void)
{
	struct secret secret = { (unsigned char *)"secret", 6 };
	struct source s = { .name = "t", .provider = &provider_circleci,
		.secrets = &secret, .secret_count = 1 };
	char values[2][3 + 2 * SHA256_LEN + 1] = { "v1=", "v1=" };
	struct http_header h = { BYTES("circleci-signature"),
		{ NULL, 3 + 2 * SHA256_LEN } };
	struct message m = { .headers = &h, .header_count = 1,
		.body = BYTES("{\"type\":\"ping\"}") };
	struct sample samples[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	unsigned char mac[SHA256_LEN];
	struct arena a = ARENA(0);
	double t;

	for (int i = 0; i < 2; i++) {
		hmac_sha256((struct bytes){ "secret", 6 }, m.body, mac);
		mac[i == 0 ? 0 : SHA256_LEN - 1] ^= 1;
		hex_encode(mac, sizeof(mac), values[i] + 3);
	}
	srandom(1);
	for (int i = 0; i < ROUNDS; i++) {
		int class = (int)(random() & 1);
		double ns;

		h.value.data = values[class];
		ns = measure_ns(&s, &m, &a);
		if (ns < 50000)		/* interrupted by something else */
			add(&samples[class], ns);
	}
	t = (samples[0].mean - samples[1].mean) /
	    sqrt(samples[0].sum / (samples[0].n * (samples[0].n - 1)) +
	    samples[1].sum / (samples[1].n * (samples[1].n - 1)));
	printf("t = %.2f over %d verifications (first byte wrong: %.0f ns, "
	    "last byte wrong: %.0f ns)\n", t, ROUNDS, samples[0].mean,
	    samples[1].mean);
	arena_free(&a);
	return 0;
}
