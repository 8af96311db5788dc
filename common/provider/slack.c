#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* Slack: docs.slack.dev, "Verifying requests from Slack", "The Events API",
 * "Implementing slash commands" and "Handling user interaction". Events are
 * JSON. A slash command is a form, and so is an interaction, whose field
 * payload is JSON. */

static const struct scheme slack_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_SHA256,
		.header = "x-slack-signature",
		.element = "v0=%hex",
		.signed_text = "v0:{time}:{body}",
		.time = "header:x-slack-request-timestamp",
	},
	SCHEME_END
};

static const struct field_rule slack_fields[] = {
	FIELD(project, NULL, "team_domain|team.domain|team_id|team.id"),
	FIELD(author, NULL, "user_name|user.username|user.name|user.id|"
	    "event.user|event.user.id"),
	FIELD(title, NULL, "event.text|text|message.text|view.title.text"),
	FIELD(name, NULL, "actions.0.action_id|callback_id|view.callback_id|"
	    "command"),
	FIELDS_END
};

/* Now and then, Slack checks the certificate of a command's address. */
static const struct mark slack_marks[] = {
	{ "ssl_check=1", "ssl_check" },
	{ NULL, NULL }
};

/* Slack asks this when the address is entered. */
static const struct handshake slack_handshakes[] = {
	{ "type=url_verification", "body:challenge", "text/plain" },
	HANDSHAKES_END
};

/* The time of sending is signed, so each try has another MAC. */
static const struct reading slack_reading = {
	.event = "body:event.type|command|type",
	.marks = slack_marks,
	.action = "body:event.subtype",
	.identity = "body:event_id|trigger_id mac",
	.fields = slack_fields,
	.handshakes = slack_handshakes,
};

static const struct recipe slack_recipe = {
	.schemes = slack_schemes,
	.reading = &slack_reading,
	.agent = "Slackbot 1.0 (+https://api.slack.com/robots)",
	.secret_place = "api.slack.com/apps, Basic Information: Signing Secret",
};

/* --- the table ----------------------------------------------------------- */

#define OUTER(event) "{'token':'moss','team_id':'T0TARN','api_app_id':" \
	"'A0WEIR','event':" event ",'type':'event_callback'," \
	"'event_id':'Ev<build><short>','event_time':<now>," \
	"'authorizations':[{'enterprise_id':null,'team_id':'T0TARN'," \
	"'user_id':'U0HERON','is_bot':true,'is_enterprise_install':false}]," \
	"'is_ext_shared_channel':false}"

#define SAID(type) OUTER("{'type':'" type "','user':'U0MIA'," \
	"'text':'Is the tank full?','ts':'<now>.000100','channel':'C0TARN'," \
	"'event_ts':'<now>.000100'}")
#define HAPPENED(type, rest) OUTER("{'type':'" type "','user':'U0MIA'," \
	rest ",'event_ts':'<now>.000100'}")
#define ITEM "'reaction':'droplet','item_user':'U0HERON','item':{" \
	"'type':'message','channel':'C0TARN','ts':'<created>.000200'}"

/* In a form, {"type":"block_actions", … } */
#define ASKED(type, rest) "payload=%7B%22type%22%3A%22" type "%22%2C" \
	"%22team%22%3A%7B%22id%22%3A%22T0TARN%22%2C%22domain%22%3A%22tarn" \
	"%22%7D%2C%22user%22%3A%7B%22id%22%3A%22U0MIA%22%2C%22username" \
	"%22%3A%22mia%22%2C%22team_id%22%3A%22T0TARN%22%7D%2C" \
	"%22api_app_id%22%3A%22A0WEIR%22%2C%22token%22%3A%22moss%22%2C" \
	"%22trigger_id%22%3A%22<build>.<number>.<short>%22%2C" rest "%7D"
#define VIEW "%22view%22%3A%7B%22id%22%3A%22V0WEIR%22%2C%22type" \
	"%22%3A%22modal%22%2C%22callback_id%22%3A%22deploy%22%2C%22title" \
	"%22%3A%7B%22type%22%3A%22plain_text%22%2C%22text%22%3A%22Deploy" \
	"%22%7D%2C%22state%22%3A%7B%22values%22%3A%7B%7D%7D%7D"
#define BUTTON "%22channel%22%3A%7B%22id%22%3A%22C0TARN%22%2C%22name" \
	"%22%3A%22weir%22%7D%2C%22actions%22%3A%5B%7B%22type%22%3A" \
	"%22button%22%2C%22action_id%22%3A%22approve%22%2C%22block_id" \
	"%22%3A%22b1%22%2C%22value%22%3A%22main%22%2C%22action_ts%22%3A" \
	"%22<now>.000100%22%7D%5D"
#define SHORTCUT "%22callback_id%22%3A%22deploy%22%2C%22action_ts%22%3A" \
	"%22<now>.000100%22"
#define MESSAGE "%22message%22%3A%7B%22type%22%3A%22message%22%2C%22text" \
	"%22%3A%22The+tank+is+empty%22%2C%22ts%22%3A%22<created>.000200" \
	"%22%7D%2C%22channel%22%3A%7B%22id%22%3A%22C0TARN%22%7D"

/* The events that most people want. The event of a slash command is the name
 * that its author gave it. */
static const struct event_rule slack_events[] = {
	EVENT("app_mention", false, NULL, NULL, SAID("app_mention")),
	EVENT("message", false, NULL, NULL, SAID("message")),
	EVENT("reaction_added", false, NULL, NULL,
	    HAPPENED("reaction_added", ITEM)),
	EVENT("reaction_removed", false, NULL, NULL,
	    HAPPENED("reaction_removed", ITEM)),
	EVENT("app_home_opened", false, NULL, NULL, HAPPENED(
	    "app_home_opened", "'channel':'D0TARN','tab':'home'")),
	EVENT("member_joined_channel", false, NULL, NULL, HAPPENED(
	    "member_joined_channel", "'channel':'C0TARN','channel_type':'C',"
	    "'team':'T0TARN'")),
	EVENT("team_join", false, NULL, NULL, OUTER("{'type':'team_join',"
	    "'user':{'id':'U0JOE','team_id':'T0TARN','name':'joe'},"
	    "'event_ts':'<now>.000100'}")),
	EVENT("deploy", false, NULL, NULL, "token=moss&team_id=T0TARN"
	    "&team_domain=tarn&channel_id=C0TARN&channel_name=weir"
	    "&user_id=U0MIA&user_name=mia&command=%2Fdeploy&text=main"
	    "&api_app_id=A0WEIR&is_enterprise_install=false"
	    "&response_url=https%3A%2F%2Fhooks.slack.example%2F<build>"
	    "&trigger_id=<build>.<number>.<short>"),
	EVENT("block_actions", false, NULL, NULL,
	    ASKED("block_actions", BUTTON)),
	EVENT("view_submission", false, NULL, NULL,
	    ASKED("view_submission", VIEW)),
	EVENT("view_closed", false, NULL, NULL, ASKED("view_closed", VIEW)),
	EVENT("shortcut", false, NULL, NULL, ASKED("shortcut", SHORTCUT)),
	EVENT("message_action", false, NULL, NULL, ASKED("message_action",
	    SHORTCUT "%2C" MESSAGE)),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule slack_headers[] = {
	{ "x-slack-signature", HEADER_SIGNATURE, true },
	{ "x-slack-request-timestamp", HEADER_EXACT, true },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_slack = PROVIDER_BY_RECIPE("slack", "Slack",
    TRAIT_FORM | TRAIT_GIVES_SECRET | TRAIT_OPEN_EVENTS, slack_headers,
    slack_events, slack_recipe, recipe_decode, recipe_no_env);
