/* completion: what a shell needs to complete the words of this command. */
#include <string.h>

#include "cli.h"
#include "complete.h"

/* Each script asks this program for the words, so it need not change with it.
 * Where there are none, the shell completes names of files. */
static const struct {
	const char *shell, *script;
} scripts[] = {
	{ "bash",
"# bash completion for cgihook; made by: cgihook completion bash\n"
"_cgihook() {\n"
"    local IFS=$'\\n'\n"
"    COMPREPLY=($(\"${COMP_WORDS[0]}\" completion words -- \\\n"
"        \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null | cut -f 1))\n"
"}\n"
"complete -o default -F _cgihook cgihook\n" },
	{ "zsh",
"#compdef cgihook\n"
"# zsh completion for cgihook; made by: cgihook completion zsh\n"
"_cgihook() {\n"
"    local -a found\n"
"    found=(${(f)\"$(\"${words[1]}\" completion words -- \\\n"
"        \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
"    found=(\"${(@)found/$'\\t'/:}\")\n"
"    if (( ${#found} )) && [[ -n ${found[1]} ]]; then\n"
"        _describe cgihook found\n"
"    else\n"
"        _files\n"
"    fi\n"
"}\n"
"if [[ ${funcstack[1]-} == _cgihook ]]; then\n"
"    _cgihook \"$@\"\n"
"else\n"
"    compdef _cgihook cgihook\n"
"fi\n" },
	{ "fish",
"# fish completion for cgihook; made by: cgihook completion fish\n"
"complete -c cgihook -f -a '(set -l typed (commandline -opc)\n"
"    $typed[1] completion words -- $typed[2..-1] (commandline -ct) "
"2>/dev/null)'\n"
"complete -c cgihook -l config -r -F\n"
"complete -c cgihook -l file -r -F\n"
"complete -c cgihook -n '__fish_seen_subcommand_from init explain backup' "
"-F\n" },
};

static int
cmd_completion(struct cli *c, int argc, char **argv)
{
	if (cli_option(c, argc, argv) != -1)
		return CLI_USAGE;
	if (optind < argc && strcmp(argv[optind], "words") == 0) {
		complete_words(c, argc - optind - 1, argv + optind + 1);
		return CLI_DONE;
	}
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (optind + 1 == argc &&
		    strcmp(argv[optind], scripts[i].shell) == 0) {
			fputs(scripts[i].script, stdout);
			return CLI_DONE;
		}
	return cli_misuse(c, "name the shell: bash, zsh or fish");
}

const struct command command_completion = {
	.name = "completion",
	.summary = "print the shell's completion of this command",
	.operands = "SHELL",
	.help =
"Prints the completion of commands, options, sources, events and handlers for\n"
"bash, zsh or fish.\n",
	.examples =
". <(cgihook completion bash)\n"
"cgihook completion bash >~/.local/share/bash-completion/completions/cgihook\n"
"cgihook completion zsh >~/.zfunc/_cgihook\n"
"cgihook completion fish >~/.config/fish/completions/cgihook.fish\n",
	.run = cmd_completion,
};
