#include "provider.h"

#include <string.h>

#include "near.h"

#define PROVIDER_ADDRESS(name) &provider_##name,

static const struct provider *const providers[] = {
	PROVIDERS(PROVIDER_ADDRESS) NULL
};

const struct provider *const *
provider_list(void)
{
	return providers;
}

const struct provider *
provider_find(const char *name)
{
	for (size_t i = 0; providers[i] != NULL; i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}

const char *
provider_near(const char *typed)
{
	const char *names[sizeof(providers) / sizeof(providers[0])];
	size_t n = 0;

	for (; providers[n] != NULL; n++)
		names[n] = providers[n]->name;
	return near_word(typed, names, n);
}

/* --- headers ------------------------------------------------------------- */

const struct header_rule *
header_rule(const struct header_rule *table, struct bytes name)
{
	while (table->name != NULL && !bytes_is(name, table->name))
		table++;
	return table->name != NULL ? table : NULL;
}

const struct header_rule *
provider_headers(const struct source *s)
{
	return s->headers != NULL ? s->headers : s->provider->headers;
}

const struct header_rule *
provider_header(const struct provider *p, struct bytes name)
{
	const struct header_rule *r =
	    p != NULL ? header_rule(p->headers, name) : NULL;

	/* what a configured one has stands for names that nobody knows */
	for (size_t i = 0; r == NULL && providers[i] != NULL; i++)
		if ((providers[i]->traits & TRAIT_CONFIGURED) == 0)
			r = header_rule(providers[i]->headers, name);
	return r;
}

static bool
provider_has_header(const struct message *m, const char *name)
{
	struct bytes value;

	return message_headers(m, name, &value) > 0;
}

static bool
provider_identifies(const struct provider *p, const struct message *m)
{
	for (const struct header_rule *r = p->headers; r->name != NULL; r++)
		if (r->identifies && provider_has_header(m, r->name))
			return true;
	return false;
}

const char *
provider_of(const struct message *m, const struct provider **p)
{
	for (size_t i = 0; providers[i] != NULL; i++) {
		*p = providers[i];
		if (provider_identifies(*p, m))
			return (*p)->title;
	}
	*p = NULL;
	return NULL;
}
