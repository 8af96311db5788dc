#include "reading_place.h"

#include "field.h"

bool
reading_cut(struct bytes *places, struct bytes *place)
{
	do {
		if (places->data == NULL)
			return false;
		bytes_cut(places, ' ', place);
	} while (place->len == 0);
	return true;
}

struct bytes
reading_place(struct bytes place, const char *kind)
{
	return field_behind(place, kind);
}
