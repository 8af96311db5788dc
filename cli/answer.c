#include "answer.h"

#include "json.h"

static const struct {
	const char *status;
	enum answer_kind kind;
} statuses[] = {
	{ "queued", ANSWER_QUEUED },
	{ "duplicate", ANSWER_DUPLICATE },
	{ "retried", ANSWER_RETRIED },
	{ "checked", ANSWER_CHECKED },
};

static struct bytes
member(const struct json_doc *doc, const char *name, struct arena *a)
{
	return json_text(doc, json_member(doc, &doc->nodes[0], name), a);
}

static enum answer_kind
kind_of(struct bytes status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (bytes_is(status, statuses[i].status))
			return statuses[i].kind;
	return ANSWER_OTHER;
}

struct answer
answer_read(struct bytes type, struct bytes text, struct arena *a)
{
	struct answer s = { ANSWER_OTHER, 0, BYTES_NONE, BYTES_NONE,
		BYTES_NONE, BYTES_NONE };
	unsigned long long id = 0;
	struct json_doc doc;

	if (bytes_has_prefix(type, "text/plain") ||
	    json_parse(text, a, &doc, NULL) != ST_OK)
		return s;
	s.error = member(&doc, "error", a);
	if (s.error.data != NULL) {
		s.kind = ANSWER_REFUSED;
		s.path_info = member(&doc, "path_info", a);
		return s;
	}
	s.kind = kind_of(member(&doc, "status", a));
	if (s.kind == ANSWER_CHECKED)
		s.folder = member(&doc, "folder", a);
	else if (s.kind != ANSWER_OTHER && bytes_to_u64(member(&doc, "id", a),
	    &id) && id > 0 && id <= INT64_MAX)
		s.id = (int64_t)id;
	else
		s.kind = ANSWER_OTHER;
	if (s.kind == ANSWER_DUPLICATE)
		s.state = member(&doc, "state", a);
	return s;
}
