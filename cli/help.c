#include "help.h"

#include <stdio.h>

#include "out.h"

enum { MARGIN = 16 };

/* The first column shows what to type, the second what it does. */
static void
help_print_option(const struct command_option *o)
{
	int used = printf("  --%s", o->name);

	if (o->value != NULL)
		used += printf(" %s", o->value);
	printf("%*s", MARGIN - used, "");
	for (const char *p = o->help; *p != '\0'; p++) {
		putchar(*p);
		if (*p == '\n')
			printf("%*s", MARGIN, "");
	}
	putchar('\n');
}

static void
help_print_options(const struct command_option *options)
{
	for (; options->name != NULL; options++)
		help_print_option(options);
}

static void
help_print_indented(const char *lines)
{
	for (const char *p = lines; *p != '\0'; p++) {
		if (p == lines || p[-1] == '\n')
			fputs("  ", stdout);
		putchar(*p);
	}
}

void
help_overview(const struct cli *c)
{
	puts("cgihook: run shell scripts for genuine webhooks\n\n"
	    "usage: cgihook [--config FILE] [--json] COMMAND ...");
	out_heading(c, "Commands");
	for (const struct command *const *o = c->commands; *o != NULL; o++)
		printf("  %-12s%s\n", (*o)->name, (*o)->summary);
	out_heading(c, "Options");
	help_print_options(command_options);
	puts("  --version     show which version this is");
	out_heading(c, "The first minute");
	help_print_indented(c->commands[0]->examples);
	puts("\ncgihook COMMAND --help says more; so do cgihook(1), "
	    "cgihook.conf(5)\nand cgihook-handler(7).");
}

void
help_command(const struct cli *c, const struct command *o)
{
	printf("cgihook %s: %s\n\nusage: cgihook [--config FILE] [--json] "
	    "%s%s%s [options]\n\n%s", o->name, o->summary, o->name,
	    o->operands == NULL ? "" : " ",
	    o->operands == NULL ? "" : o->operands, o->help);
	if (o->options != NULL) {
		putchar('\n');
		help_print_options(o->options);
	}
	out_heading(c, "For every command");
	help_print_options(command_options);
	out_heading(c, "Examples");
	help_print_indented(o->examples);
}
