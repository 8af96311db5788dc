#include "init_sources.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "config_source.h"
#include "out.h"
#include "recipe.h"
#include "secret_new.h"

enum { CONF_MAX = 64 * 1024, FILES_PER_SOURCE = 3, OTHER_FILES = 5 };

/* --- reading the list ----------------------------------------------------- */

static int
sources_unknown(struct cli *c, const char *typed)
{
	const char *near = provider_near(typed);
	struct buf b = BUF(4096);

	if (near != NULL)
		return cli_misuse(c, "no provider is called \"%s\"; do you "
		    "mean %s?", typed, near);
	for (const struct provider *const *p = provider_list(); *p != NULL;
	    p++)
		buf_printf(&b, "%s%s", b.len == 0 ? "" : ", ", (*p)->name);
	buf_add_char(&b, '\0');
	cli_misuse(c, "no provider is called \"%s\"; there are %s", typed,
	    b.failed ? "" : b.data);
	buf_free(&b);
	return CLI_USAGE;
}

static int
sources_add_one(struct cli *c, struct bytes item, struct init_sources *out)
{
	struct bytes provider = item, name = item;
	struct init_source *s = &out->items[out->count];

	if (memchr(item.data, '=', item.len) != NULL)
		bytes_cut(&provider, '=', &name);
	if (out->count == INIT_SOURCES_MAX)
		return cli_misuse(c, "more than %d sources",
		    INIT_SOURCES_MAX);
	s->name = arena_cstr(&c->arena, name);
	s->provider = provider_find(arena_cstr(&c->arena, provider));
	if (s->provider == NULL)
		return sources_unknown(c, arena_cstr(&c->arena, provider));
	if (!source_name_valid(name))
		return cli_misuse(c, "a source cannot be called \"%s\": a name "
		    "is of a-z, 0-9, '-' and '_', begins with a letter or "
		    "digit, and has at most %d bytes", s->name,
		    SOURCE_NAME_MAX);
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->items[i].name, s->name) == 0)
			return cli_misuse(c, "two sources are called \"%s\"; "
			    "name one like %s2=%s", s->name, s->name,
			    s->provider->name);
	out->count++;
	return CLI_DONE;
}

int
init_sources_add(struct cli *c, const char *list, struct init_sources *out)
{
	struct bytes rest = bytes_of(list), item;
	int code = CLI_DONE;

	while (code == CLI_DONE && rest.data != NULL) {
		bytes_cut(&rest, ',', &item);
		item = bytes_trim(item);
		if (item.len == 0)
			return cli_misuse(c, "a name is missing; write the "
			    "list like NAME,NAME=PROVIDER");
		code = sources_add_one(c, item, out);
	}
	return code;
}

/* --- its files ------------------------------------------------------------ */

struct init_file
init_source_secret(const struct init_source *s, struct arena *a)
{
	const struct secret_form form = secret_new_form(s->provider);
	struct init_file f = { arena_printf(a, "%s.secret", s->name).data,
		INIT_SECRET, 0600, form.prefix };

	if (form.prefix == NULL && form.random_bytes >
	    secret_new_form(NULL).random_bytes)
		f.kind = INIT_KEY;
	return f;
}

/* What a section lacks until the operator knows more of the sender. */
static const char *
sources_keys(const struct provider *p)
{
	const struct scheme *s = secret_new_scheme(p);

	if ((p->traits & TRAIT_CONFIGURED) == 0)
		return "";
	if (s->covers != NULL)
		return "    # cgihook.conf(5) lists the keys: "
		    "\"http-signature\"\n"
		    "    covers   = { @method, content-digest }\n";
	return s->algorithm == SCHEME_TOKEN ?
	    "    # cgihook.conf(5) lists the keys: \"A recipe in the source "
	    "sections\"\n    header   = X-Token\n" :
	    "    # cgihook.conf(5) lists the keys: \"A recipe in the source "
	    "sections\"\n    header   = X-Signature\n";
}

struct bytes
init_source_section(const struct init_source *s, struct arena *a)
{
	return arena_printf(a, "\nsource %s {\n"
	    "    provider = %s\n"
	    "    secret   = file:%s.secret\n"
	    "%s"
	    "}\n", s->name, s->provider->name, s->name,
	    sources_keys(s->provider));
}

static const char *
sources_conf(const struct init_sources *s, bool system_wide, struct arena *a)
{
	struct buf b = BUF(CONF_MAX);

	buf_add_str(&b, system_wide ? init_system_conf_head : init_conf_head);
	for (size_t i = 0; i < s->count; i++)
		buf_add(&b, init_source_section(&s->items[i], a));
	buf_add_str(&b, init_conf_tail);
	return arena_cstr(a, buf_take(&b, a));
}

const char init_handler_text[] =
"#!/bin/sh\n"
"# Runs for every event. Those of one kind are for a file with the event's\n"
"# name, such as \"push\"; cgihook-handler(7) says more.\n"
"echo \"$HOOK_EVENT${HOOK_ACTION:+ $HOOK_ACTION}${HOOK_STATUS:+ $HOOK_STATUS}"
" ${HOOK_PROJECT-}\"\n";

void
init_sources_files(const struct init_sources *s, bool system_wide,
    struct arena *a, const struct init_file **out, size_t *count)
{
	struct init_file *f;
	size_t n = 0;

	if (s->count == 0) {
		*out = system_wide ? init_system_files : init_files;
		*count = system_wide ? init_system_file_count :
		    init_file_count;
		return;
	}
	f = arena_array(a, FILES_PER_SOURCE * s->count + OTHER_FILES,
	    sizeof(*f));
	*out = f;
	*count = 0;
	if (f == NULL)
		return;
	f[n++] = (struct init_file){ "handlers", INIT_FOLDER, 0755, NULL };
	for (size_t i = 0; i < s->count; i++) {
		const char *name = s->items[i].name;

		f[n++] = init_source_secret(&s->items[i], a);
		f[n++] = (struct init_file){ arena_printf(a, "handlers/%s",
		    name).data, INIT_FOLDER, 0755, NULL };
		f[n++] = (struct init_file){ arena_printf(a,
		    "handlers/%s/all", name).data, INIT_TEXT, 0755,
		    init_handler_text };
	}
	f[n++] = (struct init_file){ INIT_TOKEN, INIT_SECRET, 0600, NULL };
	if (!system_wide) {
		f[n++] = (struct init_file){ "state", INIT_FOLDER, 0700, NULL };
		f[n++] = (struct init_file){ "cgihook.cgi", INIT_WRAPPER, 0755,
		    NULL };
	}
	/* last: if it exists, the folder is complete */
	f[n++] = (struct init_file){ "cgihook.conf", INIT_TEXT, 0644,
	    sources_conf(s, system_wide, a) };
	*count = n;
}

const char *
init_sources_trial(const struct init_sources *s, struct arena *a)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct recipe *r = s->items[i].provider->recipe;

		if (r == NULL || recipe_signs(r))
			return arena_cstr(a, arena_printf(a, "send %s",
			    s->items[i].name));
	}
	return "log";
}

/* --- what to paste -------------------------------------------------------- */

static void
sources_print_one(const struct cli *c, const struct init_source *s,
    const char *dir, const char *url)
{
	const struct provider *p = s->provider;
	const struct scheme *scheme = secret_new_scheme(p);

	out_heading(c, (p->traits & TRAIT_CONFIGURED) != 0 ? s->name :
	    p->title);
	if (scheme != NULL && scheme->algorithm == SCHEME_TOKEN &&
	    strncmp(scheme->element, "query:", strlen("query:")) == 0) {
		printf("  Address  what  echo \"%s/%s?%s=$(cat %s/%s.secret)\""
		    "  prints\n", url, s->name, scheme->element +
		    strlen("query:"), dir, s->name);
		return;
	}
	printf("  Address  %s/%s\n", url, s->name);
	if ((p->traits & TRAIT_GIVES_SECRET) != 0)
		printf("  Secret   from %s:\n"
		    "           printf %%s 'SECRET' >%s/%s.secret\n",
		    secret_place(p), dir, s->name);
	else
		printf("  Secret   what  cat %s/%s.secret  prints\n"
		    "           (%s)\n", dir, s->name, secret_place(p));
}

void
init_sources_print(const struct cli *c, const struct init_sources *s,
    const char *dir, const char *url)
{
	for (size_t i = 0; i < s->count; i++)
		sources_print_one(c, &s->items[i], dir, url);
}
