/* completion: what a shell needs to complete the words of this command. */
#include <string.h>

#include "cli.h"
#include "provider.h"

static const char script_head[] =
"# bash completion for cgihook; made by: cgihook completion bash\n"
"_cgihook() {\n"
"    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
"    local command='' words='' w conf=${CGIHOOK_CONFIG:-$HOME/.config/cgihook/"
"cgihook.conf}\n"
"    local sources\n"
"    for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
"        case $w in\n"
"        -*) ;;\n"
"        *.conf) conf=$w ;;\n"
"        *) command=${command:-$w} ;;\n"
"        esac\n"
"    done\n"
"    [ -r \"$conf\" ] || conf=/etc/cgihook/cgihook.conf\n"
"    sources=$(sed -n 's/^source \\([a-z0-9_-]*\\).*/\\1/p' "
"\"${conf/#\\~/$HOME}\" 2>/dev/null)\n"
"    case $before in\n"
"    --source) words=$sources ;;\n"
"    --config|--file) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
"    --state) words='waiting running done failed dead filtered "
"queued ignored refused' ;;\n";

static const char script_commands[] =
"    esac\n"
"    if [ -z \"$words\" ]; then case $command in\n";

static const char script_tail[] =
"    esac; fi\n"
"    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
"    [ \"$command\" != init ] && [ \"$command\" != explain ] ||\n"
"        COMPREPLY+=($(compgen -f -- \"$word\"))\n"
"}\n"
"complete -F _cgihook cgihook\n";

/* --- what senders know --------------------------------------------------- */

/* Some senders have dozens; test_command looks for those of the last ones. */
enum { WORDS_MAX = 1024 };

/* Each once. */
struct word_list {
	const char *words[WORDS_MAX];
	size_t count;
};

static void
word_list_add(struct word_list *l, const char *word)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->words[i], word) == 0)
			return;
	if (l->count < WORDS_MAX)
		l->words[l->count++] = word;
}

static void
word_list_print(const struct word_list *l, const char *option)
{
	printf("    --%s) words='", option);
	for (size_t i = 0; i < l->count; i++)
		printf("%s%s", i == 0 ? "" : " ", l->words[i]);
	puts("' ;;");
}

static void
print_senders_words(void)
{
	struct word_list events = { 0 }, actions = { 0 }, statuses = { 0 };

	for (const struct provider *const *p = provider_list(); *p != NULL; p++)
		for (const struct event_rule *e = (*p)->events; e->name != NULL;
		    e++) {
			const char *const *a = e->actions;
			const struct status_rule *t = e->statuses;

			word_list_add(&events, e->name);
			for (; a != NULL && *a != NULL; a++)
				word_list_add(&actions, *a);
			for (; t != NULL && t->status != NULL; t++)
				word_list_add(&statuses, t->status);
		}
	word_list_print(&events, "event");
	word_list_print(&actions, "action");
	word_list_print(&statuses, "status");
}

/* --- the commands -------------------------------------------------------- */

static void
print_options(const struct command_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		printf(" --%s", o->name);
}

static void
print_words(const struct command *o)
{
	printf("    %s) words='", o->name);
	print_options(o->options);
	print_options(command_options);
	if (strcmp(o->name, "completion") == 0)
		fputs(" bash", stdout);
	if (strcmp(o->name, "store") == 0)
		fputs(" copy unseal", stdout);
	puts(strcmp(o->name, "send") == 0 ? "'\" $sources\" ;;" : "' ;;");
}

static int
cmd_completion(struct cli *c, int argc, char **argv)
{
	if (cli_option(c, argc, argv) != -1)
		return CLI_USAGE;
	if (optind + 1 != argc || strcmp(argv[optind], "bash") != 0)
		return cli_misuse(c, "name the shell; bash is supported");
	fputs(script_head, stdout);
	print_senders_words();
	fputs(script_commands, stdout);
	for (size_t i = 0; c->commands[i] != NULL; i++)
		print_words(c->commands[i]);
	fputs("    *) words='--version help", stdout);
	print_options(command_options);
	for (size_t i = 0; c->commands[i] != NULL; i++)
		printf(" %s", c->commands[i]->name);
	puts("' ;;");
	fputs(script_tail, stdout);
	return CLI_DONE;
}

const struct command command_completion = {
	.name = "completion",
	.summary = "print the shell's completion of this command",
	.operands = "bash",
	.help =
"Prints the completion of commands, options and sources for the shell.\n",
	.examples =
". <(cgihook completion bash)\n"
"cgihook completion bash >~/.local/share/bash-completion/completions/cgihook\n",
	.run = cmd_completion,
};
