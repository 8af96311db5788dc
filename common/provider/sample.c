#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "codec.h"
#include "date.h"
#include "event.h"
#include "near.h"

enum { WORDS_MAX = 64, BODY_MAX = 64 * 1024, AGO_MS = 95 * 1000,
	LIST_MAX = 300 /* bytes of a message */ };

/* --- which words go together -------------------------------------------- */

static bool
sample_is_in(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static void
sample_add_once(const char *word, const char **out, size_t *count, size_t max)
{
	if (*count < max && !sample_is_in(word, out, *count))
		out[(*count)++] = word;
}

size_t
sample_events(const struct provider *p, const char **out, size_t max)
{
	size_t count = 0;

	for (const struct event_rule *r = p->events; r->name != NULL; r++)
		sample_add_once(r->name, out, &count, max);
	return count;
}

size_t
sample_actions(const struct provider *p, const char *event, const char **out,
    size_t max)
{
	size_t count = 0;

	for (const struct event_rule *r = p->events; r->name != NULL; r++)
		for (size_t i = 0; strcmp(r->name, event) == 0 &&
		    r->actions != NULL && r->actions[i] != NULL; i++)
			sample_add_once(r->actions[i], out, &count, max);
	return count;
}

size_t
sample_statuses(const struct provider *p, const char *event, const char **out,
    size_t max)
{
	size_t count = 0;

	for (const struct event_rule *r = p->events; r->name != NULL; r++)
		for (size_t i = 0; strcmp(r->name, event) == 0 &&
		    r->statuses != NULL && r->statuses[i].status != NULL; i++)
			sample_add_once(r->statuses[i].status, out, &count,
			    max);
	return count;
}

/* The row of an event that has this action; any, where action is NULL. */
static const struct event_rule *
sample_find_row(const struct provider *p, const char *event, const char *action)
{
	for (const struct event_rule *r = p->events; r->name != NULL; r++) {
		if (event != NULL && strcmp(r->name, event) != 0)
			continue;
		if (action == NULL)
			return r;
		for (size_t i = 0; r->actions != NULL &&
		    r->actions[i] != NULL; i++)
			if (strcmp(r->actions[i], action) == 0)
				return r;
	}
	return NULL;
}

/* The words, or as many whole ones as there is room for, and how many more
 * there are. */
static void
sample_list(const char *const *words, size_t count, char list[LIST_MAX])
{
	static const char more[] = " and 99 more, in cgihook.conf(5)";
	size_t n = 0, i;

	list[0] = '\0';
	for (i = 0; i < count; i++) {
		if (n + strlen(", ") + strlen(words[i]) + sizeof(more) >
		    LIST_MAX)
			break;
		n += (size_t)snprintf(list + n, LIST_MAX - n, "%s%s",
		    i == 0 ? "" : ", ", words[i]);
	}
	if (i < count)
		(void)snprintf(list + n, LIST_MAX - n,
		    " and %zu more, in cgihook.conf(5)", count - i);
}

/* lacks: "unknown event" */
static enum status
sample_refuse_word(const char *lacks, const char *word,
    const char *const *words, size_t count, struct reason *why)
{
	const char *near = near_word(word, words, count);
	char list[LIST_MAX];

	if (near != NULL)
		return fail(why, ST_MALFORMED, "%s \"%.40s\"; did you mean "
		    "%s?", lacks, word, near);
	sample_list(words, count, list);
	return fail(why, ST_MALFORMED, "%s \"%.40s\"; choose one of: %s",
	    lacks, word, list);
}

/* A word of the list: the given one, or the first where none is. */
static enum status
sample_complete_word(const char *what, const char *event,
    const char *const *words, size_t count, const char **word,
    struct reason *why)
{
	if (count == 0 && *word != NULL)
		return fail(why, ST_MALFORMED, "the event %s has no %s", event,
		    what);
	if (*word == NULL)
		*word = count == 0 ? NULL : words[0];
	else if (!sample_is_in(*word, words, count))
		return sample_refuse_word(strcmp(what, "status") == 0 ?
		    "unknown status" : "unknown action", *word, words, count,
		    why);
	return ST_OK;
}

enum status
sample_complete(const struct provider *p, struct sample_words *words,
    struct reason *why)
{
	const char *list[WORDS_MAX];
	struct sample_words w = *words;
	const struct event_rule *row = sample_find_row(p, w.event, NULL);
	const struct status_rule *rule;
	enum status st;

	if (row == NULL)
		return sample_refuse_word((p->traits & TRAIT_OPEN_EVENTS) != 0 ?
		    "there is no sample of" : "unknown event", w.event, list,
		    sample_events(p, list, WORDS_MAX), why);
	w.event = row->name;
	st = sample_complete_word("status", w.event, list,
	    sample_statuses(p, w.event, list, WORDS_MAX), &w.status, why);
	if (st != ST_OK)
		return st;
	rule = w.status == NULL ? NULL : event_status(p, bytes_of(w.event),
	    bytes_of(w.status));
	if (w.action == NULL && rule != NULL)
		w.action = rule->action;
	st = sample_complete_word("action", w.event, list,
	    sample_actions(p, w.event, list, WORDS_MAX), &w.action, why);
	if (st == ST_OK)
		*words = w;
	return st;
}

/* --- filling in --------------------------------------------------------- */

/* What changes from one body to the next. */
struct fresh {
	char number[8], build[8], now[24], started[24], finished[24],
	    created[24];
	char id[4][37];
	char commit[41], short_commit[13];
	char time[25], earlier[25];
	const char *exit_code;
};

/* A version 4 UUID (RFC 9562 5.4) from 16 random bytes. */
static void
sample_format_uuid(const unsigned char random[16], char out[37])
{
	char hex[33];

	hex_encode(random, 16, hex);
	snprintf(out, 37, "%.8s-%.4s-4%.3s-%c%.3s-%.12s", hex, hex + 8,
	    hex + 13, "89ab"[random[8] & 3], hex + 17, hex + 20);
}

static void
sample_make_times(enum result result, int64_t now_ms, struct fresh *f)
{
	long long now_s = now_ms / 1000, ago_s = AGO_MS / 1000;
	bool begun = result != RESULT_PENDING;
	bool ended = begun && result != RESULT_RUNNING;

	snprintf(f->now, sizeof(f->now), "%lld", now_s);
	snprintf(f->created, sizeof(f->created), "%lld", now_s - ago_s);
	snprintf(f->started, sizeof(f->started), "%lld",
	    begun ? now_s - ago_s + 2 : 0);
	snprintf(f->finished, sizeof(f->finished), "%lld", ended ? now_s : 0);
	date_format_rfc3339(now_ms, f->time);
	date_format_rfc3339(now_ms - AGO_MS, f->earlier);
	f->exit_code = !ended || result == RESULT_SUCCESS ||
	    result == RESULT_NONE ? "0" :
	    result == RESULT_CANCELED ? "130" : "1";
}

static void
sample_make_ids(const unsigned char *random, struct fresh *f)
{
	snprintf(f->number, sizeof(f->number), "%d",
	    100 + (random[0] << 8 | random[1]) % 9900);
	snprintf(f->build, sizeof(f->build), "%d",
	    1000 + (random[2] << 8 | random[3]));
	for (int i = 0; i < 4; i++)
		sample_format_uuid(random + 16 * i, f->id[i]);
	hex_encode(random + 20, 20, f->commit);
	snprintf(f->short_commit, sizeof(f->short_commit), "%.12s", f->commit);
}

/* What replaces a <name>; NULL if the name is unknown. */
static const char *
sample_value(struct bytes name, const struct sample_words *w,
    const struct fresh *f)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{ "event", w->event }, { "action", w->action },
		{ "status", w->status }, { "number", f->number },
		{ "build", f->build }, { "now", f->now },
		{ "started", f->started }, { "finished", f->finished },
		{ "created", f->created }, { "id", f->id[0] },
		{ "id2", f->id[1] }, { "id3", f->id[2] }, { "id4", f->id[3] },
		{ "commit", f->commit }, { "short", f->short_commit },
		{ "time", f->time }, { "earlier", f->earlier },
		{ "exit", f->exit_code },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (bytes_is(name, values[i].name))
			return values[i].value;
	return NULL;
}

/* Data NULL for an unknown name, or without memory. */
static struct bytes
sample_expand(const char *text, const struct sample_words *w,
    const struct fresh *f, struct arena *a)
{
	struct buf b = BUF(BODY_MAX);

	for (const char *p = text; *p != '\0'; p++) {
		size_t len = *p == '<' ? strcspn(p + 1, ">") : 0;
		const char *value;

		if (*p != '<') {
			buf_add_char(&b, *p == '\'' ? '"' : *p);
			continue;
		}
		value = sample_value((struct bytes){ p + 1, len }, w, f);
		if (value == NULL || p[len + 1] == '\0') {
			buf_free(&b);
			return BYTES_NONE;
		}
		buf_add_str(&b, value);
		p += len + 1;
	}
	return buf_take(&b, a);
}

struct bytes
sample_fill(const char *text, const struct sample_words *words,
    int64_t now_ms, const unsigned char random[SAMPLE_RANDOM_BYTES],
    enum result result, struct arena *a)
{
	struct fresh f;

	sample_make_ids(random, &f);
	sample_make_times(result, now_ms, &f);
	return sample_expand(text, words, &f, a);
}

enum status
sample_make(const struct provider *p, const struct sample_words *words,
    int64_t now_ms, const unsigned char random[SAMPLE_RANDOM_BYTES],
    struct arena *a, struct bytes *out, struct reason *why)
{
	const struct event_rule *row = sample_find_row(p, words->event,
	    words->action);
	const struct status_rule *rule = words->status == NULL ? NULL :
	    event_status(p, bytes_of(words->event),
	    bytes_of(words->status));
	struct bytes body;

	if (row == NULL)
		return fail(why, ST_MALFORMED, "no such event");
	body = sample_fill(row->sample, words, now_ms, random,
	    rule == NULL ? RESULT_NONE : rule->result, a);
	if (body.data == NULL)
		return fail(why, ST_BUSY, "no memory for the body");
	*out = body;
	return ST_OK;
}
