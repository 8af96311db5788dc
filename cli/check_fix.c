#include <stdio.h>
#include <string.h>

#include "check_areas.h"
#include "child.h"
#include "out.h"

enum { FIX_MS = 60 * 1000 };

/* A line on the terminal; false at its end, or for "q". */
static bool
fix_ask(struct cli *c, const char *mend, bool *yes)
{
	char line[80];

	out_style(c, OUT_BOLD, "%s", out_safe(c, bytes_of(mend)));
	fputs("   run it? [y/N/q] ", stdout);
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL || line[0] == 'q')
		return false;
	*yes = line[0] == 'y' || line[0] == 'Y';
	return true;
}

static bool
fix_run(struct cli *c, const char *mend)
{
	const char *const argv[] = { "sh", "-c", mend, NULL };
	struct child_request r = { .argv = argv, .input = BYTES(""),
		.timeout_ms = FIX_MS };
	struct child_result result;
	struct reason why;

	if (child_run(&r, &c->arena, &result, &why) != ST_OK) {
		cli_error(c, "%s", why.text);
		return false;
	}
	if (result.exit_code == 0)
		return true;
	cli_error(c, "%s", out_safe(c, bytes_trim(result.errors)));
	return false;
}

static bool
fix_is_new(struct check_fixing *f, const char *mend)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->offered[i], mend) == 0)
			return false;
	if (f->count == FINDINGS_MAX)
		return false;
	f->offered[f->count++] = mend;
	return true;
}

size_t
check_fix(struct checking *k, struct check_fixing *f)
{
	size_t fixed = 0;

	for (size_t i = 0; i < k->count; i++) {
		const char *mend = k->items[i].mend;
		bool yes = f->yes;

		if (!k->items[i].safe || !fix_is_new(f, mend))
			continue;
		if (f->yes)
			puts(out_safe(k->cli, bytes_of(mend)));
		else if (!fix_ask(k->cli, mend, &yes))
			break;
		fixed += yes && fix_run(k->cli, mend);
	}
	return fixed;
}
