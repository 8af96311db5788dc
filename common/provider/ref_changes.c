#include "ref_changes.h"

static const struct json_node *
ref_changes_first(const struct json_doc *d, const struct json_node *list,
    ref_change_read *read, bool tag, struct arena *a, bool *deleted)
{
	const struct json_node *n, *first = NULL;

	*deleted = true;
	for (n = json_first(list); n != NULL; n = json_next(d, list, n)) {
		struct ref_change c = read(d, n, a);

		if (c.tag != tag)
			continue;
		*deleted = c.deleted;
		if (!c.deleted)
			return n;
		if (first == NULL)
			first = n;
	}
	return first;
}

struct ref_changes
ref_changes_pick(const struct json_doc *d, const char *list,
    ref_change_read *read, struct arena *a)
{
	const struct json_node *all = json_path(d, bytes_of(list));
	struct ref_changes out;
	bool branch_deleted, tag_deleted;

	out.branch = ref_changes_first(d, all, read, false, a,
	    &branch_deleted);
	out.tag = ref_changes_first(d, all, read, true, a, &tag_deleted);
	out.lead_deleted = branch_deleted && tag_deleted;
	if (branch_deleted && !out.lead_deleted)
		out.branch = NULL;
	if (tag_deleted && !out.lead_deleted)
		out.tag = NULL;
	out.lead = out.branch != NULL ? out.branch : out.tag;
	return out;
}
