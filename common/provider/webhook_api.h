#ifndef CGIHOOK_WEBHOOK_API_H
#define CGIHOOK_WEBHOOK_API_H

#include "arena.h"
#include "bytes.h"
#include "json.h"
#include "provider.h"

/*
 * How a webhook is made by a sender's API. In these texts <url>, <secret>,
 * <token>, <project> and <id> are replaced; in a body ' stands for ".
 */
struct webhook_api {
	const char *base;		/* NULL: each server has its own */
	const char *project;		/* how one is written: "OWNER/X" */
	bool one_segment;		/* of the address: its slashes as %2F */
	const char *right;		/* what the token must be allowed */
	const char *const *headers;	/* up to NULL; one has the token */
	const char *lookup;		/* GET: its "id" is <id>; NULL: none */
	const char *path, *body;	/* POST */
};

/* What stands for these words. */
struct webhook_values {
	const char *url, *project, *id, *token;
	struct bytes secret;
};

/** webhook_api - a provider's; NULL: it has none that we know */
const struct webhook_api *
webhook_api(const struct provider *p);

/** webhook_project_valid - whether a name may be part of an address */
bool
webhook_project_valid(const char *project);

/** webhook_fill_path - a path, or a header's line; data NULL without memory */
struct bytes
webhook_fill_path(const struct webhook_api *api, const char *text,
    const struct webhook_values *v, struct arena *a);

/** webhook_fill_body - the body, as JSON; data NULL without memory */
struct bytes
webhook_fill_body(const struct webhook_api *api,
    const struct webhook_values *v, struct arena *a);

/** webhook_answer_text - what the answer to a request says is wrong: its
 *  "message", with the first of its "errors"; absent where it says nothing */
struct bytes
webhook_answer_text(struct bytes answer, struct arena *a);

#endif
