#include "json_out.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "date.h"
#include "json_print.h"

struct cJSON *
json_out_object(void)
{
	return cJSON_CreateObject();
}

/* NUL-ended UTF-8 without a NUL in it; NULL without memory. */
static const char *
json_out_clean(struct bytes text, struct arena *a)
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
json_out_bytes(struct cJSON *object, const char *name, struct bytes value,
    struct arena *a)
{
	const char *text = value.data == NULL ? NULL : json_out_clean(value, a);

	if (text == NULL)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddStringToObject(object, name, text);
}

void
json_out_str(struct cJSON *object, const char *name, const char *value,
    struct arena *a)
{
	json_out_bytes(object, name, value == NULL || *value == '\0' ?
	    BYTES_NONE : bytes_of(value), a);
}

void
json_out_int(struct cJSON *object, const char *name, int64_t value)
{
	char text[24];

	/* cJSON's own numbers have 15 digits */
	snprintf(text, sizeof(text), "%lld", (long long)value);
	cJSON_AddRawToObject(object, name, text);
}

void
json_out_time(struct cJSON *object, const char *name, int64_t ms)
{
	char text[25];

	if (ms == 0) {
		cJSON_AddNullToObject(object, name);
		return;
	}
	date_format_rfc3339(ms, text);
	cJSON_AddStringToObject(object, name, text);
}

void
json_out_bool(struct cJSON *object, const char *name, bool value)
{
	cJSON_AddBoolToObject(object, name, value);
}

void
json_out_raw(struct cJSON *object, const char *name, const char *json)
{
	cJSON_AddRawToObject(object, name, json);
}

void
json_out_attach(struct cJSON *object, const char *name, struct cJSON *member)
{
	if (!cJSON_AddItemToObject(object, name, member))
		cJSON_Delete(member);
}

void
json_out_free(struct cJSON *object)
{
	cJSON_Delete(object);
}

struct cJSON *
json_out_in_object(struct cJSON *object, const char *name)
{
	return cJSON_AddObjectToObject(object, name);
}

struct cJSON *
json_out_in_list(struct cJSON *object, const char *name)
{
	return cJSON_AddArrayToObject(object, name);
}

struct cJSON *
json_out_add_object(struct cJSON *list)
{
	struct cJSON *object = cJSON_CreateObject();

	if (cJSON_AddItemToArray(list, object))
		return object;
	cJSON_Delete(object);
	return NULL;
}

void
json_out_add(struct cJSON *list, struct cJSON *object)
{
	if (!cJSON_AddItemToArray(list, object))
		cJSON_Delete(object);
}

void
json_out_add_str(struct cJSON *list, const char *value, struct arena *a)
{
	const char *text = json_out_clean(bytes_of(value), a);
	struct cJSON *item = cJSON_CreateString(text == NULL ? "" : text);

	if (!cJSON_AddItemToArray(list, item))
		cJSON_Delete(item);
}

/* It can be in strings alone, and an escape means the same there. cJSON writes
 * escapes for ASCII's control characters. */
static void
json_out_add_safe(struct buf *b, struct bytes rest)
{
	while (rest.len > 0) {
		size_t len = utf8_char_len(rest);
		struct bytes one = { rest.data, len > 0 ? len : 1 };
		unsigned code = len > 0 && utf8_unseen(one) ?
		    utf8_code(one) : 0;

		if (code == 0)
			buf_add(b, one);
		else
			json_print_escape(b, code);
		rest = bytes_from(rest, one.len);
	}
}

void
json_out_print(struct cJSON *object, struct buf *b)
{
	char *text = cJSON_PrintUnformatted(object);

	cJSON_Delete(object);
	if (text == NULL)
		b->failed = true;
	else
		json_out_add_safe(b, bytes_of(text));
	cJSON_free(text);
}
