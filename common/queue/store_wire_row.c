#include "store_wire_row.h"

#include <string.h>

_Static_assert(sizeof(enum row_type) == sizeof(unsigned),
    "an enumeration is read as an unsigned");

enum { HAS = 1, HAS_NOT = 0 };

static const void *
row_pointer(const void *at)
{
	const void *p;

	memcpy(&p, at, sizeof(p));
	return p;
}

/* --- writing -------------------------------------------------------------- */

static void
row_put_texts(struct buf *b, const struct wire_member *m, const void *at,
    size_t count)
{
	const char *const *texts = row_pointer(at);

	if (m->type == ROW_TEXTS_OR_NULL)
		atom_put_u8(b, texts != NULL ? HAS : HAS_NOT);
	if (m->type == ROW_TEXTS_OR_NULL && texts == NULL)
		return;
	atom_put_u32(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		atom_put_text(b, bytes_of(texts[i]));
}

static void
row_put_rows(struct buf *b, const struct wire_member *m, const void *at,
    size_t count)
{
	const char *rows = row_pointer(at);

	atom_put_u32(b, (uint32_t)count);
	for (size_t i = 0; i < count && !b->failed; i++)
		row_put(b, m->of, rows + i * m->of->size);
}

static void
row_put_pointer(struct buf *b, const struct wire_row *row, const void *to)
{
	atom_put_u8(b, to != NULL ? HAS : HAS_NOT);
	if (to != NULL)
		row_put(b, row, to);
}

static void
row_put_numbers(struct buf *b, const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		atom_put_i64(b, numbers[i]);
}

static void
row_put_list(struct buf *b, const struct wire_member *m, const char *base)
{
	size_t count;

	memcpy(&count, base + m->count_at, sizeof(count));
	if (m->type == ROW_ROWS) {
		row_put_rows(b, m, base + m->at, count);
	} else if (m->type == ROW_NUMBERS) {
		atom_put_u32(b, (uint32_t)count);
		row_put_numbers(b, row_pointer(base + m->at), count);
	} else {
		row_put_texts(b, m, base + m->at, count);
	}
}

static void
row_put_member(struct buf *b, const struct wire_member *m, const char *base)
{
	const void *at = base + m->at;

	switch (m->type) {
	case ROW_END: break;
	case ROW_I64: atom_put_i64(b, *(const int64_t *)at); break;
	case ROW_INT: atom_put_i64(b, *(const int *)at); break;
	case ROW_BOOL: atom_put_u8(b, *(const bool *)at); break;
	case ROW_UNSIGNED: atom_put_u32(b, *(const unsigned *)at); break;
	case ROW_SIZE:
		atom_put_u32(b, (uint32_t)*(const size_t *)at);
		break;
	case ROW_TEXT:
	case ROW_TEXT_OR_NULL:
		atom_put_text(b, bytes_of(row_pointer(at)));
		break;
	case ROW_BYTES: atom_put_text(b, *(const struct bytes *)at); break;
	case ROW_FIXED:
		buf_add(b, (struct bytes){ at, m->max });
		break;
	case ROW_I64S: row_put_numbers(b, at, m->max); break;
	case ROW_ROW: row_put(b, m->of, at); break;
	case ROW_POINTER: row_put_pointer(b, m->of, row_pointer(at)); break;
	case ROW_ROWS:
	case ROW_TEXTS:
	case ROW_TEXTS_OR_NULL:
	case ROW_NUMBERS:
		row_put_list(b, m, base);
		break;
	}
}

void
row_put(struct buf *b, const struct wire_row *row, const void *from)
{
	for (const struct wire_member *m = row->members; m->type != ROW_END;
	    m++)
		row_put_member(b, m, from);
}

/* --- reading -------------------------------------------------------------- */

static const char *
row_read_text(struct atom_reader *r, const struct wire_member *m,
    struct arena *a)
{
	const struct bytes text = atom_text(r, m->max);

	if (text.data == NULL) {
		r->bad = r->bad || m->type != ROW_TEXT_OR_NULL;
		return NULL;
	}
	r->bad = r->bad || memchr(text.data, '\0', text.len) != NULL;
	return arena_cstr(a, text);
}

static struct bytes
row_read_bytes(struct atom_reader *r, size_t max, struct arena *a)
{
	const struct bytes text = atom_text(r, max);

	return text.data == NULL ? BYTES_NONE : arena_copy(a, text);
}

/* Each takes a byte of the message at least: so memory is not taken for more
 * than was sent. */
static void *
row_read_room(struct atom_reader *r, const struct wire_member *m,
    struct arena *a, size_t size, size_t *count)
{
	void *room;

	*count = atom_u32(r, (uint32_t)m->max);
	r->bad = r->bad || *count > r->rest.len;
	if (r->bad)
		*count = 0;
	if (*count == 0)
		return NULL;
	room = arena_array(a, *count, size);
	if (room == NULL) {
		*count = 0;
		r->bad = true;
	}
	return room;
}

static void *
row_read_rows(struct atom_reader *r, const struct wire_member *m,
    struct arena *a, size_t *count)
{
	char *rows = row_read_room(r, m, a, m->of->size, count);

	for (size_t i = 0; i < *count && !r->bad; i++)
		row_read(r, m->of, a, rows + i * m->of->size);
	return rows;
}

static void *
row_read_texts(struct atom_reader *r, const struct wire_member *m,
    struct arena *a, size_t *count)
{
	static const struct wire_member text = { .type = ROW_TEXT,
		.max = WIRE_WORD_BYTES };
	const char **texts;

	*count = 0;
	if (m->type == ROW_TEXTS_OR_NULL && !atom_bool(r))
		return NULL;
	texts = row_read_room(r, m, a, sizeof(*texts), count);
	if (m->type == ROW_TEXTS_OR_NULL && *count == 0)
		return arena_alloc(a, sizeof(*texts));
	for (size_t i = 0; i < *count; i++)
		texts[i] = row_read_text(r, &text, a);
	return texts;
}

static void *
row_read_numbers(struct atom_reader *r, const struct wire_member *m,
    struct arena *a, size_t *count)
{
	int64_t *numbers = row_read_room(r, m, a, sizeof(*numbers), count);

	for (size_t i = 0; i < *count; i++)
		numbers[i] = atom_i64(r);
	return numbers;
}

static void
row_read_list(struct atom_reader *r, const struct wire_member *m,
    struct arena *a, char *base)
{
	size_t count = 0;
	void *list = m->type == ROW_ROWS ? row_read_rows(r, m, a, &count) :
	    m->type == ROW_NUMBERS ? row_read_numbers(r, m, a, &count) :
	    row_read_texts(r, m, a, &count);

	memcpy(base + m->at, &list, sizeof(list));
	memcpy(base + m->count_at, &count, sizeof(count));
}

static void
row_read_pointer(struct atom_reader *r, const struct wire_row *row,
    struct arena *a, void *at)
{
	void *to = atom_bool(r) ? arena_alloc(a, row->size) : NULL;

	if (to != NULL)
		row_read(r, row, a, to);
	else
		r->bad = r->bad || a->failed;
	memcpy(at, &to, sizeof(to));
}

static int
row_read_int(struct atom_reader *r)
{
	const int64_t v = atom_i64(r);

	r->bad = r->bad || v < INT32_MIN || v > INT32_MAX;
	return r->bad ? 0 : (int)v;
}

static void
row_read_fixed(struct atom_reader *r, size_t len, unsigned char *to)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (unsigned char)atom_u8(r, UINT8_MAX);
}

static void
row_read_member(struct atom_reader *r, const struct wire_member *m,
    struct arena *a, char *base)
{
	void *at = base + m->at;
	const char *text;

	switch (m->type) {
	case ROW_END: break;
	case ROW_I64: *(int64_t *)at = atom_i64(r); break;
	case ROW_INT: *(int *)at = row_read_int(r); break;
	case ROW_BOOL: *(bool *)at = atom_bool(r); break;
	case ROW_UNSIGNED:
		*(unsigned *)at = atom_u32(r, (uint32_t)m->max);
		break;
	case ROW_SIZE:
		*(size_t *)at = atom_u32(r, (uint32_t)m->max);
		break;
	case ROW_TEXT:
	case ROW_TEXT_OR_NULL:
		text = row_read_text(r, m, a);
		memcpy(at, &text, sizeof(text));
		break;
	case ROW_BYTES:
		*(struct bytes *)at = row_read_bytes(r, m->max, a);
		break;
	case ROW_FIXED: row_read_fixed(r, m->max, at); break;
	case ROW_I64S:
		for (size_t i = 0; i < m->max; i++)
			((int64_t *)at)[i] = atom_i64(r);
		break;
	case ROW_ROW: row_read(r, m->of, a, at); break;
	case ROW_POINTER: row_read_pointer(r, m->of, a, at); break;
	case ROW_ROWS:
	case ROW_TEXTS:
	case ROW_TEXTS_OR_NULL:
	case ROW_NUMBERS:
		row_read_list(r, m, a, base);
		break;
	}
}

void
row_read(struct atom_reader *r, const struct wire_row *row, struct arena *a,
    void *to)
{
	for (const struct wire_member *m = row->members; m->type != ROW_END;
	    m++)
		row_read_member(r, m, a, to);
}
