#include "log.h"

#include "codec.h"
#include "log_target.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static void
log_put(struct log_line *l, const char *s, size_t len)
{
	if (l->full || len > LOG_LINE_MAX - LOG_END_LEN - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

void
log_begin(struct log_line *l, const char *what)
{
	l->len = LOG_TIME_LEN;
	l->full = false;
	log_put(l, what, strlen(what));
}

static bool
log_is_bare(struct bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c <= ' ' || c == '"' || c == '=' || c > '~')
			return false;
	}
	return value.len > 0;
}

static void
log_put_hex(struct log_line *l, struct bytes bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		char text[5] = "\\x";

		hex_encode((const unsigned char *)bytes.data + i, 1, text + 2);
		log_put(l, text, 4);
	}
}

/* Add one character of a quoted value; returns how many bytes it has. */
static size_t
log_put_char(struct log_line *l, struct bytes value)
{
	static const char shorts[][2] = {
		{ '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' },
		{ '\t', 't' }
	};
	size_t i, len = utf8_char_len(value);
	char c = *value.data;

	for (i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
		if (c != shorts[i][0])
			continue;
		log_put(l, "\\", 1);
		log_put(l, &shorts[i][1], 1);
		return 1;
	}
	value.len = len > 0 ? len : 1;
	if (len == 0 || utf8_unseen(value))
		log_put_hex(l, value);
	else
		log_put(l, value.data, value.len);
	return value.len;
}

void
log_bytes(struct log_line *l, const char *key, struct bytes value)
{
	size_t before = l->len;

	if (value.data == NULL || l->full)
		return;
	log_put(l, " ", 1);
	log_put(l, key, strlen(key));
	log_put(l, "=", 1);
	if (log_is_bare(value)) {
		log_put(l, value.data, value.len);
	} else {
		log_put(l, "\"", 1);
		while (value.len > 0 && !l->full)
			value = bytes_from(value, log_put_char(l, value));
		log_put(l, "\"", 1);
	}
	if (l->full)
		l->len = before;	/* whole or not at all */
}

void
log_str(struct log_line *l, const char *key, const char *value)
{
	log_bytes(l, key, bytes_of(value));
}

void
log_int(struct log_line *l, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	log_str(l, key, text);
}

void
log_end(struct log_line *l)
{
	log_emit(l, LOG_INFO);
}

void
log_note(const char *level, const char *format, ...)
{
	/* even with every byte written as \xHH it fits into a line */
	char message[LOG_LINE_MAX / 4 - 32];
	struct log_line l;
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	log_begin(&l, "note");
	log_str(&l, "level", level);
	log_str(&l, "msg", message);
	log_emit(&l, strcmp(level, "error") == 0 ? LOG_ERR : LOG_WARNING);
}
