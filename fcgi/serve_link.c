#include "serve_link.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cage.h"
#include "log.h"

/* "6 request status=202 …": the priority is a digit. */
static void
serve_send_line(void *ctx, int priority, struct bytes line)
{
	const struct serve_task *t = ctx;
	char text[LOG_LINE_MAX + 2];
	size_t len = line.len < LOG_LINE_MAX ? line.len : LOG_LINE_MAX;

	text[0] = (char)('0' + priority);
	text[1] = ' ';
	memcpy(text + 2, line.data, len);
	(void)link_send(t->link, LINK_LINE, -1,
	    (struct bytes){ text, len + 2 });
}

static void
serve_ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

bool
serve_prepare(struct serve_task *t)
{
	struct reason lacking = { "" }, why = { "" };

	serve_ignore_signals();
	log_confine(serve_send_line, t);
	if (cage_enter(t->config, CAGE_LINKED, &lacking, &why) != ST_OK) {
		log_note("error", "%s", why.text);
		return false;
	}
	if (t->first && lacking.text[0] != '\0')
		log_note("warning", "%s", lacking.text);
	return true;
}

void
serve_hand_over(void *task, int fd)
{
	struct serve_task *t = task;

	t->unheard = t->unheard || link_send(t->link, LINK_CONNECTION, fd,
	    BYTES_NONE) != LINK_DONE;
}

enum serve_heard
serve_next(const struct serve_task *t, struct link_message *m)
{
	switch (link_receive(t->link, m)) {
	case LINK_DONE:
		break;
	case LINK_LATER:
		return SERVE_NOTHING;
	case LINK_GONE:
	case LINK_UNSOUND:
		return SERVE_FINISH;
	}
	if (m->kind == LINK_CONNECTION)
		return SERVE_CONNECTION;
	if (m->kind == LINK_LOG) {
		log_follow(m->fd);
		close(m->fd);
	}
	return m->kind == LINK_FINISH ? SERVE_FINISH : SERVE_NOTHING;
}
