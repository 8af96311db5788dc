#ifndef FUZZ_H
#define FUZZ_H

/* What every fuzz target has. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec.h"

/* called by the fuzzer, and by replay.c */
int
LLVMFuzzerInitialize(int *argc, char ***argv);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A program that is wrong has to be seen to be. */
static inline void
must(int holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

#define MUST(...) must((__VA_ARGS__), #__VA_ARGS__)

static inline bool
is_utf8(struct bytes text)
{
	size_t len = 1;

	for (; text.len > 0 && len > 0; text = bytes_from(text, len))
		len = utf8_char_len(text);
	return len > 0;
}

#endif
