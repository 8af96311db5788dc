#include "provider.h"

#include "event.h"
#include "reading.h"
#include "recipe.h"

/* Discord: docs.discord.com, "Overview of Interactions", "Receiving and
 * Responding" and "Webhook Events". An interaction is a command, a button, a
 * form that a user has sent; its address is the Interactions Endpoint URL. A
 * webhook event tells that something has happened to the application; its
 * address is the Webhook Events URL. Both are signed alike. */

static const struct scheme discord_schemes[] = {
	{
		.name = "signature",
		.algorithm = SCHEME_ED25519,
		.header = "x-signature-ed25519",
		.element = "%hex",
		.encoding = SECRET_HEX,
		.signed_text = "{time}{body}",
		.time = "header:x-signature-timestamp",
	},
	SCHEME_END
};

static const struct field_rule discord_fields[] = {
	FIELD(project, NULL, "guild_id|event.data.guild.id"),
	FIELD(author, NULL, "member.user.username|user.username|"
	    "event.data.user.username|event.data.author.username"),
	FIELD(title, NULL, "event.data.content"),
	FIELD(name, NULL, "data.name|data.custom_id"),
	FIELDS_END
};

/* The type of an interaction is a number. */
static const struct mark discord_marks[] = {
	{ "type=2", "APPLICATION_COMMAND" },
	{ "type=3", "MESSAGE_COMPONENT" },
	{ "type=4", "APPLICATION_COMMAND_AUTOCOMPLETE" },
	{ "type=5", "MODAL_SUBMIT" },
	{ NULL, NULL }
};

/* The PING of the one address is 1, which is every event of the other one,
 * whose PING is 0. */
static const struct handshake discord_handshakes[] = {
	{ "type=1 !event", "={\"type\":1}", "application/json" },
	{ "type=0", NULL, NULL },
	HANDSHAKES_END
};

/* The time of sending is signed, so each try has another signature. An event
 * has no id; its body has the time when it happened. */
static const struct reading discord_reading = {
	.event = "body:event.type =interaction",
	.marks = discord_marks,
	.action = "body:data.name",
	.identity = "body:id body",
	.fields = discord_fields,
	.handshakes = discord_handshakes,
	.quiet = "event",
};

static const struct recipe discord_recipe = {
	.schemes = discord_schemes,
	.reading = &discord_reading,
	.agent = "Discord-Interactions/1.0 (+https://discord.com)",
	.secret_place = "discord.com/developers/applications, General "
	    "Information: Public Key",
	.reply_type = "application/json",
	.trial = "save the address in its form, and Discord sends a PING",
};

/* --- the table ----------------------------------------------------------- */

#define ASKED(type, rest) "{'app_permissions':'2248473465835073'," \
	"'application_id':'1044318<build>','channel_id':'1044319<build>'," \
	"'entitlements':[],'guild_id':'104431744','id':'<build><number>'," \
	"'locale':'en-GB','member':{'nick':null,'permissions':'2248473'," \
	"'roles':[],'user':{'id':'104431799','username':'mia'}}," \
	"'token':'weir','type':" type ",'version':1" rest "}"
#define COMMAND "'id':'1044320','name':'deploy','type':1,'options':[{" \
	"'name':'branch','type':3,'value':'main'"

#define HAPPENED(type, data) "{'version':1,'application_id':'104431855'," \
	"'type':1,'event':{'type':'" type "','timestamp':'<time>','data':{" \
	"'id':'<build><number>'," data "}}}"
#define USER "'user':{'id':'104431799','username':'mia'}"
#define SAID "'type':0,'content':'Is the tank full?','channel_id':" \
	"'1044319','author':{'id':'104431799','username':'mia'}"
#define BOUGHT "'application_id':'104431855','sku_id':'1044321'," \
	"'user_id':'104431799','type':4,'deleted':false,'consumed':false"

ACTIONS(discord_commands, "deploy");

static const struct event_rule discord_events[] = {
	EVENT("application_command", false, discord_commands, NULL,
	    ASKED("2", ",'data':{" COMMAND "}]}")),
	EVENT("message_component", false, NULL, NULL, ASKED("3", ",'data':{"
	    "'component_type':2,'custom_id':'approve'},'message':{"
	    "'id':'1044322','content':'Deploy main?'}")),
	EVENT("application_command_autocomplete", false, discord_commands,
	    NULL, ASKED("4", ",'data':{" COMMAND ",'focused':true}]}")),
	EVENT("modal_submit", false, NULL, NULL, ASKED("5", ",'data':{"
	    "'custom_id':'report','components':[{'type':1,'components':[{"
	    "'type':4,'custom_id':'what','value':'It is empty'}]}]}")),
	EVENT("application_authorized", false, NULL, NULL, HAPPENED(
	    "APPLICATION_AUTHORIZED", "'integration_type':0,'scopes':["
	    "'applications.commands']," USER ",'guild':{'id':'104431744',"
	    "'name':'Tarn'}")),
	EVENT("application_deauthorized", false, NULL, NULL, HAPPENED(
	    "APPLICATION_DEAUTHORIZED", USER)),
	EVENT("entitlement_create", false, NULL, NULL, HAPPENED(
	    "ENTITLEMENT_CREATE", BOUGHT)),
	EVENT("entitlement_update", false, NULL, NULL, HAPPENED(
	    "ENTITLEMENT_UPDATE", BOUGHT)),
	EVENT("entitlement_delete", false, NULL, NULL, HAPPENED(
	    "ENTITLEMENT_DELETE", BOUGHT)),
	EVENT("lobby_message_create", false, NULL, NULL, HAPPENED(
	    "LOBBY_MESSAGE_CREATE", SAID)),
	EVENT("lobby_message_update", false, NULL, NULL, HAPPENED(
	    "LOBBY_MESSAGE_UPDATE", SAID)),
	EVENT("lobby_message_delete", false, NULL, NULL, HAPPENED(
	    "LOBBY_MESSAGE_DELETE", "'lobby_id':'1044319'")),
	EVENT("game_direct_message_create", false, NULL, NULL, HAPPENED(
	    "GAME_DIRECT_MESSAGE_CREATE", SAID)),
	EVENT("game_direct_message_update", false, NULL, NULL, HAPPENED(
	    "GAME_DIRECT_MESSAGE_UPDATE", SAID)),
	EVENT("game_direct_message_delete", false, NULL, NULL, HAPPENED(
	    "GAME_DIRECT_MESSAGE_DELETE", SAID)),
	{ NULL, false, NULL, NULL, NULL }
};

static const struct header_rule discord_headers[] = {
	{ "x-signature-ed25519", HEADER_SIGNATURE, true },
	{ "x-signature-timestamp", HEADER_EXACT, false },
	{ NULL, HEADER_TEXT, false }
};

const struct provider provider_discord = PROVIDER_BY_RECIPE("discord",
    "Discord", TRAIT_GIVES_SECRET | TRAIT_OPEN_EVENTS, discord_headers,
    discord_events, discord_recipe, recipe_decode, recipe_no_env);
