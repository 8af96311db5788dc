#include "advice.h"
#include "alert.h"
#include "check_areas.h"
#include "clock.h"
#include "date.h"
#include "program.h"

enum { LOOKED_MAX_MS = 15 * 60 * 1000 };

/* Nobody who does not look can notice that nothing comes. */
static void
check_looked(struct checking *k, const struct alarm_list *l)
{
	const struct config *c = k->cli->config;
	const char *self = program_self(&k->cli->arena);
	char at[25];

	if (clock_wall_ms() - l->looked_ms < LOOKED_MAX_MS) {
		check_add(k, CHECK_OK, "alarms", "somebody looks for them");
		return;
	}
	date_format_rfc3339(l->looked_ms, at);
	check_add(k, CHECK_WARN, "alarms", "nobody has looked for alarms%s%s",
	    l->looked_ms == 0 ? " yet" : " since ",
	    l->looked_ms == 0 ? "" : at);
	if (c->runner == RUNNER_EXTERNAL)
		check_mend(k, "%s", advice_run(k->cli));
	else
		check_mend(k, "(crontab -l; echo '* * * * * %s --config %s run "
		    "--alerts') | crontab -", self == NULL ? "cgihook" : self,
		    c->path);
}

void
check_alarms(struct checking *k)
{
	const struct config *c = k->cli->config;
	struct alarm_list l;
	struct reason why;
	const char *text;

	if (!alert_is_wanted(c))
		return;
	check_program(k, "on_alert", c->on_alert);
	if (alert_list(c->state_dir, &k->cli->arena, &l, &why) != ST_OK) {
		check_add(k, CHECK_BAD, "alarms", "%s", why.text);
		return;
	}
	for (size_t i = 0; i < l.count; i++) {
		text = alert_sentence(c, &l.rows[i], &k->cli->arena);
		if (text != NULL)
			check_add(k, CHECK_WARN, "alarms", "%s", text);
	}
	check_looked(k, &l);
}
