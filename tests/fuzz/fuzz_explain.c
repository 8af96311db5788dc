/*
 * Whatever recording of a request "cgihook explain" is given: it is read or
 * refused with a reason; what is read are parts of the text; without the secret
 * it is never genuine; and no sentence has the secret in it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explain_steps.h"
#include "fuzz.h"
#include "guess_mistakes.h"
#include "http_text.h"

static struct config *config;
static char secret[33];	/* another one each time: nobody can know it */

static void
free_config(void)
{
	config_free(config);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char text[] = "state_dir = /nowhere\n"
	    "handlers_dir = /elsewhere\n"
	    "source drone { provider = drone\nsecret = env:FUZZ_SECRET\n }\n"
	    "source circleci { provider = circleci\n"
	    "secret = env:FUZZ_SECRET\n }\n"
	    "source deploy { provider = custom\nsecret = env:FUZZ_SECRET\n }\n";
	struct reason why = { "" };
	unsigned char random[16];
	char path[40];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	(void)argc, (void)argv;
	must(getentropy(random, sizeof(random)) == 0, "no secret");
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(secret + 2 * i, 3, "%02x", random[i]);
	setenv("FUZZ_SECRET", secret, 1);
	must(fd >= 0 && write(fd, text, sizeof(text) - 1) ==
	    (ssize_t)sizeof(text) - 1 && fchmod(fd, 0600) == 0,
	    "no memory file");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(config_load(path, &config, &why) == ST_OK, why.text);
	close(fd);
	atexit(free_config);
	return 0;
}

static int
is_within(struct bytes part, struct bytes whole)
{
	return part.len == 0 || (part.data >= whole.data &&
	    part.data + part.len <= whole.data + whole.len);
}

/* Absent headers are no headers: the reader's view is one of the text's. */
static void
check_parts(const struct http_text *t, struct bytes text)
{
	const struct message *m = &t->message;

	must(bytes_is(m->method, "POST") || is_within(m->method, text),
	    "a method from elsewhere");
	must(is_within(m->target, text) && is_within(t->path, text) &&
	    is_within(m->query, text), "a target from elsewhere");
	must(m->body.len <= text.len && (t->chunked ||
	    is_within(m->body, text)), "a body from elsewhere");
	for (size_t i = 0; i < m->header_count; i++) {
		must(m->headers[i].name.len > 0, "a header without a name");
		must(is_within(m->headers[i].value, text),
		    "a value from elsewhere");
	}
}

/* Not by strstr(3): the fuzzer learns from what libc's functions compare. */
static int
tells(const char *text, size_t len)
{
	for (size_t i = 0; i + sizeof(secret) - 1 <= len; i++) {
		unsigned differ = 0;

		for (size_t k = 0; k < sizeof(secret) - 1; k++)
			differ |= (unsigned char)text[i + k] ^
			    (unsigned char)secret[k];
		if (differ == 0)
			return 1;
	}
	return 0;
}

static void
explain(const struct source *s, const struct message *m)
{
	struct arena a = ARENA(0);
	struct explanation x = EXPLANATION(&a);
	struct guesses guesses = { .count = 0 };
	const struct guess_case c = { s, config->sources, config->source_count,
		m, &a };

	explain_steps(&x, config, s, m);
	must(!x.genuine && !x.authentic, "genuine without the secret");
	must(x.verdict != NULL, "no verdict");
	guess_mistakes(&c, &guesses);
	must(x.trace.count <= TRACE_STEPS_MAX && guesses.count <= GUESSES_MAX,
	    "too much to say");
	for (size_t i = 0; i < x.trace.count; i++)
		must(!tells(x.trace.steps[i].text,
		    strlen(x.trace.steps[i].text)), "a step tells the secret");
	for (size_t i = 0; i < guesses.count; i++)
		must(!tells(guesses.text[i], strlen(guesses.text[i])),
		    "a guess tells the secret");
	must(!tells(x.trace.command.data, x.trace.command.len),
	    "the command tells the secret");
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	struct arena a = ARENA(0);
	struct reason why = { "" };
	struct http_text t;

	/* ours compare it as well, here and there: then it has learnt it */
	if (tells(text.data, text.len))
		return 0;
	if (http_text_read(text, &a, &t, &why) == ST_OK) {
		check_parts(&t, text);
		t.message.received_ms = 1700000000000;
		for (size_t i = 0; i < config->source_count; i++)
			explain(&config->sources[i], &t.message);
	} else
		must(why.text[0] != '\0', "refused without a reason");
	arena_free(&a);
	return 0;
}
