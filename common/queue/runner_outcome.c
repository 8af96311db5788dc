#include "runner_outcome.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "dispatch.h"

enum { EXIT_FAILED = 100 };	/* qmail-command(8): a permanent failure */

/* Doubled each time, a fifth more or less, an hour at most. */
static int64_t
outcome_backoff_ms(int64_t first_ms, int attempt)
{
	uint16_t random = 0;
	int64_t ms = first_ms;

	while (attempt-- > 1 && ms < STORE_WAIT_MAX_MS)
		ms *= 2;
	if (ms > STORE_WAIT_MAX_MS)
		ms = STORE_WAIT_MAX_MS;
	(void)crypto_random((unsigned char *)&random, sizeof(random));
	ms = ms * (800 + random % 401) / 1000;
	return ms > STORE_WAIT_MAX_MS ? STORE_WAIT_MAX_MS : ms;
}

static void
outcome_try_again(struct job *j, const struct handler_config *h)
{
	if (j->attempt >= h->attempts) {
		j->next = DELIVERY_DEAD;
		return;
	}
	j->next = DELIVERY_WAITING;
	j->due_ms = clock_boot_ms() +
	    outcome_backoff_ms(h->backoff_ms, j->attempt);
}

static void
outcome_set_back(struct job *j, enum attempt_result result)
{
	j->end.result = result;
	j->next = DELIVERY_WAITING;
	j->due_ms = 0;
	j->uncount = true;
}

static const char *
outcome_hint(const struct exec_result *x)
{
	if (x->error == ENOEXEC)
		return ": its first line must name the program that runs it,"
		    " as #!/bin/sh does";
	if (x->error == ENOENT)
		return ": it, or the program that its first line names, does"
		    " not exist (a Windows line end is part of a name)";
	if (x->error == E2BIG)
		return ": its environment is larger than this system's"
		    " limit (ulimit -s)";
	return "";
}

static void
outcome_begin(struct job *j, enum attempt_result result)
{
	j->end = (struct stored_attempt){
		.number = j->attempt, .result = result, .exit_code = -1,
		.started_ms = clock_wall_ms(), .output = BYTES(""),
	};
	j->end.ended_ms = j->end.started_ms;
	j->end.note = j->note;
	j->note[0] = '\0';
	j->uncount = false;
	j->due_ms = 0;
}

void
outcome_refuse(struct job *j, const char *note, const struct handler_config *h)
{
	outcome_begin(j, ATTEMPT_UNSTARTED);
	snprintf(j->note, sizeof(j->note), "%s", note);
	outcome_try_again(j, h);
}

void
outcome_hand_back(struct job *j)
{
	outcome_begin(j, ATTEMPT_UNSTARTED);
	outcome_set_back(j, ATTEMPT_UNSTARTED);
}

void
outcome_judge(struct job *j, const struct exec_result *x,
    const struct handler_config *h)
{
	char text[320];

	if (dispatch_must_wait(x->trust)) {
		outcome_hand_back(j);
		return;
	}
	if (x->trust != ST_OK) {
		outcome_refuse(j, x->what, h);
		return;
	}
	if (!x->started) {
		snprintf(text, sizeof(text), "%s%s (%s)", x->what,
		    outcome_hint(x), strerror(x->error));
		outcome_refuse(j, text, h);
		return;
	}
	outcome_begin(j, ATTEMPT_RETRY);
	j->end.started_ms = x->started_ms;
	j->end.ended_ms = x->ended_ms;
	j->end.exit_code = x->exit_code;
	j->end.term_signal = x->term_signal;
	j->end.output_total_bytes = x->output_total_bytes;
	if (x->timed_out) {
		j->end.result = ATTEMPT_TIMEOUT;
		outcome_try_again(j, h);
	} else if (x->exit_code == 0) {
		j->end.result = ATTEMPT_DONE;
		j->next = DELIVERY_DONE;
	} else if (x->exit_code == EXIT_FAILED) {
		j->end.result = ATTEMPT_FAILED;
		j->next = DELIVERY_FAILED;
	} else if (x->interrupted) {
		outcome_set_back(j, ATTEMPT_INTERRUPTED);
	} else {
		outcome_try_again(j, h);
	}
}
