#include "csv.h"

#include <string.h>

#include "codec.h"

void
csv_begin(struct csv *c, struct buf *out, char separator)
{
	*c = (struct csv){ .out = out, .separator = separator };
	buf_add_str(out, "\xef\xbb\xbf");
	if (separator != ',')
		buf_printf(out, "sep=%c\r\n", separator);
}

/* = + - @ begin a formula; a tab or CR may be skipped before one. */
static bool
csv_is_formula(struct bytes text)
{
	return text.len > 0 && text.data[0] != '\0' &&
	    strchr("=+-@\t\r", text.data[0]) != NULL;
}

static void
csv_add_clean(struct buf *b, struct bytes text)
{
	while (text.len > 0) {
		size_t len = text.data[0] == '\0' ? 0 : utf8_char_len(text);

		if (len == 0)
			buf_add_str(b, "\xef\xbf\xbd");
		else
			buf_add(b, (struct bytes){ text.data, len });
		if (len == 1 && text.data[0] == '"')
			buf_add_char(b, '"');
		text = bytes_from(text, len == 0 ? 1 : len);
	}
}

/* Every cell is quoted: then no separator, newline or blank matters. */
void
csv_cell(struct csv *c, struct bytes text)
{
	if (c->begun)
		buf_add_char(c->out, c->separator);
	c->begun = true;
	buf_add_char(c->out, '"');
	if (csv_is_formula(text))
		buf_add_char(c->out, '\'');
	csv_add_clean(c->out, text);
	buf_add_char(c->out, '"');
}

void
csv_end_row(struct csv *c)
{
	buf_add_str(c->out, "\r\n");
	c->begun = false;
}
