#ifndef CGIHOOK_CONFIG_VALUE_H
#define CGIHOOK_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "status.h"

/* Turns the text of a value into what the program uses. */

/* A value as written, and its line. */
struct config_text {
	const char *text;
	int line;
};

/* What a parser may need besides the text. */
struct value_context {
	struct config *config;	/* being filled */
	const char *dir;	/* the file's folder, for relative paths */
};

struct config_key;

/* A value to be read, and its key. */
struct config_value {
	const struct config_key *key;
	const struct value_context *x;
	const struct config_text *texts;	/* one, or a list of them */
	size_t count;
};

/* Reads it into the key's member. */
typedef enum status value_parser(const struct config_value *v, void *out,
    struct reason *why);

/* The meaning of a word. */
struct config_word {
	const char *text;
	int value;
};

/* A key of the configuration: one row says all about it. */
struct config_key {
	const char *name;
	bool list;		/* may be { a, b } */
	value_parser *parse;	/* NULL: its section reads it */
	size_t offset;		/* of the member, in the section's struct */
	const char *fallback;	/* the default, as written; NULL: none */
	const char *wait_fallback;	/* of mode = wait, if another */
	int64_t min, max;	/* of numbers, in the member's unit */
	const struct config_word *words;	/* value_word's; NULL-ended */
};

/**
 * config_fail - fail with "FILE:LINE: ", what is wrong and what to do
 *
 * Returns: ST_CONFIG.
 */
enum status
config_fail(const char *path, int line, struct reason *why,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What follows makes text in the configuration's arena, and does not ask
 * whether it could. Without memory the text is empty; config_load then refuses
 * all of it. */

value_parser value_size;	/* int64_t, bytes */
value_parser value_duration;	/* int64_t, milliseconds */
value_parser value_count;	/* int64_t */
value_parser value_int;		/* int */
value_parser value_yes_no;	/* bool */
value_parser value_word;	/* an enum, by the key's words */
value_parser value_provider;	/* const struct provider * */
value_parser value_text;	/* const char *, not empty */
value_parser value_path;	/* const char *, absolute */
value_parser value_log;		/* const char *: absolute, stderr, syslog */
value_parser value_program;	/* const char *: absolute, NULL for none */

/** value_absolute - make path absolute: it is relative to the file's folder.
 *  Fails for "", for "~", and for a path that is too long */
enum status
value_absolute(const struct value_context *x, const char *path, int line,
    const char **out, struct reason *why);

#endif
