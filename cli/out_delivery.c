#include "out_delivery.h"

#include <string.h>

#include "date.h"
#include "handler_waits.h"
#include "out.h"
#include "unit.h"
#include "view_event.h"

static void
out_attempt(struct cli *c, const struct stored_event *e,
    const struct stored_attempt *t)
{
	const char *result = attempt_result_name(t->result);
	char took[32];

	printf("    attempt %d  ", t->number);
	out_style(c, out_state(result), "%s", result);
	if (t->ended_ms != 0) {
		if (t->term_signal != 0)
			printf("  signal %d (%s)", t->term_signal,
			    strsignal(t->term_signal));
		else if (t->exit_code >= 0)
			printf("  exit %d", t->exit_code);
		printf("  %s", unit_show_duration(t->ended_ms - t->started_ms,
		    took));
	}
	putchar('\n');
	if (*t->note != '\0')
		out_block(c, "    ! ", bytes_of(t->note));
	if (e->stripped && t->output_total_bytes > 0)
		puts("    (its output was removed)");
	else if ((int64_t)t->output.len < t->output_total_bytes)
		printf("    (the last %zu of %lld bytes)\n", t->output.len,
		    (long long)t->output_total_bytes);
	out_block(c, c->terminal ? "    | " : "    ", t->output);
}

void
out_delivery(struct cli *c, const struct stored_event *e,
    const struct stored_delivery *d, bool all)
{
	const char *state = delivery_state_name(d->state);
	const size_t count = d->history_count;
	struct reason waits;
	char due[25];

	out_style(c, OUT_BOLD, "  %s", out_safe(c, bytes_of(d->handler)));
	fputs("  ", stdout);
	out_style(c, out_state(state), "%s", state);
	if (d->state == DELIVERY_WAITING && d->attempts > 0) {
		date_format_rfc3339(d->due_ms, due);
		printf(", tried again at %s", due);
	}
	putchar('\n');
	if (d->state == DELIVERY_FILTERED)
		out_block(c, "    ", view_filter(&d->filter, FILTER_VALUE_MAX,
		    &c->arena));
	if (handler_waits_delivery(c->config, e, d, &c->arena, &waits))
		out_block(c, "    ! ", bytes_of(waits.text));
	for (size_t i = all || count == 0 ? 0 : count - 1; i < count; i++)
		out_attempt(c, e, &d->history[i]);
}
