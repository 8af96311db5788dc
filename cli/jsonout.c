#include "jsonout.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "date.h"

static const char *
cleaned(struct bytes text, struct arena *a)
{
	char *out = arena_alloc(a, text.len * 3 + 1);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	while (text.len > 0) {
		size_t len = text.data[0] == '\0' ? 0 : utf8_char_len(text);

		if (len == 0) {
			memcpy(out + n, "\xef\xbf\xbd", 3);
			n += 3;
			len = 1;
		} else {
			memcpy(out + n, text.data, len);
			n += len;
		}
		text = bytes_from(text, len);
	}
	return out;
}

void
jsonout_bytes(cJSON *object, const char *name, struct bytes value,
    struct arena *a)
{
	const char *text = value.data == NULL ? NULL : cleaned(value, a);

	if (text == NULL)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddStringToObject(object, name, text);
}

void
jsonout_str(cJSON *object, const char *name, const char *value,
    struct arena *a)
{
	jsonout_bytes(object, name, value == NULL || *value == '\0' ?
	    BYTES_NONE : bytes_of(value), a);
}

void
jsonout_item(cJSON *list, const char *value, struct arena *a)
{
	const char *text = cleaned(bytes_of(value), a);

	cJSON_AddItemToArray(list, cJSON_CreateString(text == NULL ? "" :
	    text));
}

void
jsonout_int(cJSON *object, const char *name, int64_t value)
{
	cJSON_AddNumberToObject(object, name, (double)value);
}

void
jsonout_time(cJSON *object, const char *name, int64_t ms)
{
	char text[25];

	if (ms == 0) {
		cJSON_AddNullToObject(object, name);
		return;
	}
	date_format_rfc3339(ms, text);
	cJSON_AddStringToObject(object, name, text);
}

/* What moves a terminal's cursor or turns its text around, as escapes: in JSON
 * it can stand in strings alone, and means the same there. cJSON does it for
 * ASCII's controls. */
static void
print_safe(const char *text)
{
	struct bytes rest = bytes_of(text);

	while (rest.len > 0) {
		size_t len = utf8_char_len(rest);
		struct bytes one = { rest.data, len };
		unsigned code = len > 0 ? utf8_code(one) : 0;

		if (len == 0)
			len = 1;	/* cleaned() lets none through */
		else if (!utf8_unseen(one))
			fwrite(one.data, 1, len, stdout);
		else if (code < 0x10000)
			printf("\\u%04x", code);
		else
			printf("\\u%04x\\u%04x",
			    0xd800 + ((code - 0x10000) >> 10),
			    0xdc00 + (code & 0x3ff));
		rest = bytes_from(rest, len);
	}
	putchar('\n');
}

int
jsonout_print(const struct cli *c, cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);

	cJSON_Delete(object);
	if (text == NULL)
		return cli_error(c, "no memory for the JSON");
	print_safe(text);
	cJSON_free(text);
	return CLI_DONE;
}
