#ifndef CGIHOOK_INIT_SOURCES_H
#define CGIHOOK_INIT_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli.h"
#include "init_files.h"
#include "provider.h"

/* The sources that "init --source" sets up. What is made for each comes from
 * its provider's row. */

enum { INIT_SOURCES_MAX = 64 };

struct init_source {
	const char *name;
	const struct provider *provider;
};

struct init_sources {
	struct init_source items[INIT_SOURCES_MAX];
	size_t count;			/* 0: those of the examples */
};

/** init_sources_add - read a list: "github,gitlab", "ci=gitea"
 *
 *  Returns: CLI_DONE; CLI_USAGE for an unknown provider, a name that no source
 *           may have or that appears twice, and too many. */
int
init_sources_add(struct cli *c, const char *list, struct init_sources *out);

/** init_sources_files - what is made below the folder; of a system if
 *  system_wide. Absent parts without memory, and then the arena has failed. */
void
init_sources_files(const struct init_sources *s, bool system_wide,
    struct arena *a, const struct init_file **out, size_t *count);

/** init_source_secret - the file with its new secret */
struct init_file
init_source_secret(const struct init_source *s, struct arena *a);

/** init_source_section - its section of a configuration */
struct bytes
init_source_section(const struct init_source *s, struct arena *a);

/* A handler for all events of any source. */
extern const char init_handler_text[];

/** init_sources_trial - the command that tries the first source for which a
 *  request can be made: "send github"; "log" where only senders can */
const char *
init_sources_trial(const struct init_sources *s, struct arena *a);

/** init_sources_print - what to give to each sender: the address and the
 *  secret; dir is written as a word of sh(1) */
void
init_sources_print(const struct cli *c, const struct init_sources *s,
    const char *dir, const char *url);

#endif
