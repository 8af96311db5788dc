#include "init_files.h"

#define CONF_SOURCES \
	"\n" \
	"# Drone: DRONE_WEBHOOK_ENDPOINT and DRONE_WEBHOOK_SECRET\n" \
	"source drone {\n" \
	"    provider = drone\n" \
	"    secret   = file:drone.secret\n" \
	"}\n" \
	"\n" \
	"# CircleCI: Project Settings, Webhooks\n" \
	"source circleci {\n" \
	"    provider = circleci\n" \
	"    secret   = file:circleci.secret\n" \
	"}\n" \
	"\n" \
	"# Anybody who knows the secret: curl, CircleCI's custom webhooks\n" \
	"source deploy {\n" \
	"    provider = custom\n" \
	"    secret   = file:deploy.secret\n" \
	"}\n"

#define CONF_HEAD \
	"# cgihook.conf(5) has every key. Relative paths count from this " \
	"folder.\n" \
	"\n" \
	"state_dir    = state\n" \
	"handlers_dir = handlers\n"

#define CONF_SYSTEM_HEAD \
	"# cgihook.conf(5) has every key. Relative paths count from this " \
	"folder.\n" \
	"\n" \
	"state_dir    = /var/lib/cgihook\n" \
	"handlers_dir = handlers\n" \
	"runner       = external    # cgihook-runner.service\n" \
	"log          = syslog      # journalctl -t cgihook\n"

#define CONF_TAIL(handler) \
	"\n" \
	"# Who may look at the page, which is /-/ below the script's " \
	"address\n" \
	"token admin {\n" \
	"    secret = file:admin.token\n" \
	"    role   = admin\n" \
	"}\n" \
	"\n" \
	"# A handler needs no section; here are the defaults:\n" \
	"#\n" \
	"# handler " handler " {\n" \
	"#     timeout  = 10m\n" \
	"#     attempts = 5\n" \
	"#     env      = { \"CHANNEL=builds\" }\n" \
	"# }\n"

const char init_conf_head[] = CONF_HEAD;
const char init_system_conf_head[] = CONF_SYSTEM_HEAD;
const char init_conf_tail[] = CONF_TAIL("SOURCE/EVENT");

static const char conf_text[] = CONF_HEAD CONF_SOURCES
    CONF_TAIL("drone/build.failure");

static const char system_conf_text[] = CONF_SYSTEM_HEAD CONF_SOURCES
    CONF_TAIL("drone/build.failure");

static const char drone_failure[] =
"#!/bin/sh\n"
"# A build has failed. What a handler may use is in cgihook-handler(7).\n"
"echo \"$HOOK_PROJECT: build $HOOK_NUMBER of $HOOK_BRANCH failed\"\n"
"echo \"  $HOOK_TITLE, by $HOOK_AUTHOR\"\n"
"echo \"  $HOOK_URL\"\n"
"# and now, for example:\n"
"# ... | mail -s \"build $HOOK_NUMBER failed\" you@example.org\n";

static const char drone_success[] =
"#!/bin/sh\n"
"# A build has succeeded.\n"
"echo \"$HOOK_PROJECT: build $HOOK_NUMBER of $HOOK_BRANCH is good\"\n";

static const char circleci_workflow[] =
"#!/bin/sh\n"
"# A workflow has ended, one way or another.\n"
"case $HOOK_RESULT in\n"
"success) echo \"$HOOK_PROJECT: $HOOK_NAME is good on $HOOK_BRANCH\" ;;\n"
"*) echo \"$HOOK_PROJECT: $HOOK_NAME ended with $HOOK_STATUS: $HOOK_URL\" ;;\n"
"esac\n";

static const char circleci_ping[] =
"#!/bin/sh\n"
"# \"Test ping event\" in CircleCI's form.\n"
"echo \"CircleCI reaches this machine\"\n";

static const char deploy_received[] =
"#!/bin/sh\n"
"# Somebody who knows the secret has called. Every value of the body is there\n"
"# as PAYLOAD_...; the whole body is on standard input.\n"
"echo \"to deploy: ${PAYLOAD_BRANCH:-no branch given}\"\n";

#define SECRETS \
	{ "drone.secret", INIT_SECRET, 0600, NULL }, \
	{ "circleci.secret", INIT_SECRET, 0600, NULL }, \
	{ "deploy.secret", INIT_SECRET, 0600, NULL }, \
	{ INIT_TOKEN, INIT_SECRET, 0600, NULL }

#define HANDLERS \
	{ "handlers", INIT_FOLDER, 0755, NULL }, \
	{ "handlers/drone", INIT_FOLDER, 0755, NULL }, \
	{ "handlers/circleci", INIT_FOLDER, 0755, NULL }, \
	{ "handlers/deploy", INIT_FOLDER, 0755, NULL }, \
	{ "handlers/drone/build.failure", INIT_TEXT, 0755, drone_failure }, \
	{ "handlers/drone/build.success", INIT_TEXT, 0755, drone_success }, \
	{ "handlers/circleci/workflow-completed", INIT_TEXT, 0755, \
	    circleci_workflow }, \
	{ "handlers/circleci/ping", INIT_TEXT, 0755, circleci_ping }, \
	{ "handlers/deploy/received", INIT_TEXT, 0755, deploy_received }

/* The configuration is last: if it exists, the folder is complete. */
const struct init_file init_files[] = {
	SECRETS, HANDLERS,
	{ "state", INIT_FOLDER, 0700, NULL },
	{ "cgihook.cgi", INIT_WRAPPER, 0755, NULL },
	{ "cgihook.conf", INIT_TEXT, 0644, conf_text },
};

const size_t init_file_count = sizeof(init_files) / sizeof(init_files[0]);

const struct init_file init_system_files[] = {
	SECRETS, HANDLERS,
	{ "cgihook.conf", INIT_TEXT, 0644, system_conf_text },
};

const size_t init_system_file_count = sizeof(init_system_files) /
    sizeof(init_system_files[0]);

static const char responder_unit[] =
"# Made by cgihook init --system. The folder is shared with the runner, who\n"
"# is another user; systemd must not give it to this one alone.\n"
"[Service]\n"
"User=cgihook\n"
"Group=cgihook\n"
"StateDirectory=\n"
"ReadWritePaths=/var/lib/cgihook\n";

static const char runner_unit[] =
"# Made by cgihook init --system. Handlers run as a user of their own, who\n"
"# cannot read the secrets that the senders share.\n"
"[Service]\n"
"User=cgihook-run\n"
"Group=cgihook-run\n"
"SupplementaryGroups=cgihook\n"
"StateDirectory=\n";

const struct init_file init_units[] = {
	{ "cgihook.service.d", INIT_FOLDER, 0755, NULL },
	{ "cgihook.service.d/init.conf", INIT_TEXT, 0644, responder_unit },
	{ "cgihook-runner.service.d", INIT_FOLDER, 0755, NULL },
	{ "cgihook-runner.service.d/init.conf", INIT_TEXT, 0644,
	    runner_unit },
};

const size_t init_unit_count = sizeof(init_units) / sizeof(init_units[0]);
