#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* Docker Hub: docs.docker.com/docker-hub/repos/manage/webhooks. The form asks
 * for a name and an address, and nothing is signed, so the secret is in the
 * address. Docker Hub reports pushes only. */

static const struct scheme docker_hub_schemes[] = {
	{
		.name = "address",
		.algorithm = SCHEME_TOKEN,
		.element = "query:secret",
	},
	SCHEME_END
};

static const struct field_rule docker_hub_fields[] = {
	FIELD(project, NULL, "repository.repo_name|"
	    "{repository.namespace}/{repository.name}"),
	FIELD(tag, NULL, "push_data.tag"),
	FIELD(author, NULL, "push_data.pusher"),
	FIELD(name, NULL, "repository.name"),
	FIELD(url, NULL, "repository.repo_url"),
	FIELDS_END
};

static const struct reading docker_hub_reading = {
	.event = "=push",
	.identity = "body",
	.fields = docker_hub_fields,
};

static const struct recipe docker_hub_recipe = {
	.schemes = docker_hub_schemes,
	.reading = &docker_hub_reading,
	.secret_place = "the repository, Webhooks: in the address, ?secret=...",
};

static const struct event_rule docker_hub_events[] = {
	EVENT("push", false, NULL, NULL, "{'callback_url':"
	    "'https://registry.hub.docker.example/u/acme/widget/hook/"
	    "<commit>/','push_data':{'pushed_at':<now>,'pusher':'mia',"
	    "'tag':'1.<number>'},'repository':{'comment_count':0,"
	    "'date_created':1417494799,'description':'','full_description':"
	    "'','is_official':false,'is_private':true,'is_trusted':false,"
	    "'name':'widget','namespace':'acme','owner':'acme',"
	    "'repo_name':'acme/widget','repo_url':"
	    "'https://hub.docker.example/r/acme/widget','star_count':0,"
	    "'status':'Active'}}"),
	{ NULL, false, NULL, NULL, NULL }
};

/* It has no headers of its own. */
static const struct header_rule docker_hub_headers[] = {
	{ "user-agent", HEADER_TEXT, false },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_docker_hub = PROVIDER_BY_RECIPE("docker-hub",
    "Docker Hub", 0, docker_hub_headers, docker_hub_events,
    docker_hub_recipe, recipe_decode, recipe_no_env);
