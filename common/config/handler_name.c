#include "handler_name.h"

#include <limits.h>

#include "event.h"

bool
handler_part_valid(struct bytes name)
{
	if (name.len == 0 || name.len > NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!ascii_alnum(c) && c != '_' && c != '-')
			return false;
	}
	return true;
}

bool
handler_name_valid(struct bytes name)
{
	struct bytes part = name, first, event;
	bool in_parts = bytes_cut(&part, '/', &first);
	struct bytes suffix = first;
	bool has_suffix = bytes_cut(&suffix, '.', &event);

	if (!event_word_valid(event) ||
	    (has_suffix && !event_word_valid(suffix)))
		return false;
	return !in_parts || (has_suffix && bytes_is(suffix, "d") &&
	    handler_part_valid(part));
}
