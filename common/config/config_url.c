#include "config_url.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

#define ZONES "/usr/share/zoneinfo/"

enum { URL_MAX = 1024, ZONE_MAX = 64 };

/* --- url ----------------------------------------------------------------- */

/* These need no escape in HTML, in a cookie's path or in a header. */
static bool
url_path_char(char c)
{
	return ascii_alnum(c) || (c != '\0' && strchr("/._~-%+@:", c) != NULL);
}

static const char *
url_path_fault(struct bytes path)
{
	struct bytes rest = path, part;

	for (size_t i = 0; i < path.len; i++)
		if (!url_path_char(path.data[i]))
			return "the path of an address is of letters, digits "
			    "and / . _ ~ - % + @ : here, without a question "
			    "mark";
	if (path.len == 0)
		return NULL;
	rest = bytes_from(rest, 1);
	while (rest.data != NULL) {
		bytes_cut(&rest, '/', &part);
		if (part.len == 0 || bytes_is(part, ".") ||
		    bytes_is(part, ".."))
			return "the path has an empty part, or . or ..; write "
			    "the plain path";
	}
	return NULL;
}

static bool
url_port_valid(struct bytes port)
{
	unsigned long long number;

	return bytes_to_u64(port, &number) && number >= 1 && number <= 65535;
}

/* Cut "[::1]:80" or "host:80" into its two parts; *port has no data if there
 * is none. */
static bool
url_cut_port(struct bytes authority, struct bytes *host, struct bytes *port)
{
	const char *end = authority.len > 0 && authority.data[0] == '[' ?
	    memchr(authority.data, ']', authority.len) : NULL;
	size_t at = end == NULL ? 0 : (size_t)(end - authority.data) + 1;

	while (at < authority.len && authority.data[at] != ':') {
		if (end != NULL)
			return false;
		at++;
	}
	*host = (struct bytes){ authority.data, at };
	*port = at < authority.len ? bytes_from(authority, at + 1) : BYTES_NONE;
	return port->data == NULL || url_port_valid(*port);
}

static bool
url_host_valid(struct bytes host)
{
	bool is_v6 = host.len > 2 && host.data[0] == '[' &&
	    host.data[host.len - 1] == ']';

	for (size_t i = is_v6; i < host.len - is_v6; i++) {
		char c = host.data[i];

		if (is_v6 ? strchr("0123456789abcdefABCDEF:.", c) == NULL :
		    !ascii_alnum(c) && c != '-' && c != '.')
			return false;
	}
	return host.len > 0 && memchr(host.data, '\0', host.len) == NULL;
}

/* 127.0.0.0/8 */
static bool
url_is_127(struct bytes host)
{
	struct bytes rest = host, part;
	unsigned long long number;
	int parts = 0;

	for (; rest.data != NULL; parts++) {
		bytes_cut(&rest, '.', &part);
		if (!bytes_to_u64(part, &number) || number > 255 ||
		    (parts == 0 && number != 127))
			return false;
	}
	return parts == 4;
}

static bool
url_is_loopback(struct bytes host)
{
	return bytes_is(host, "localhost") || bytes_is(host, "[::1]") ||
	    url_is_127(host);
}

/* As browsers write it: in lower case, without the scheme's own port. */
static const char *
url_origin(struct bytes scheme, struct bytes host, struct bytes port,
    struct arena *a)
{
	bool plain = port.data == NULL ||
	    bytes_is(port, bytes_is(scheme, "https") ? "443" : "80");
	struct bytes text = plain ? arena_printf(a, "%.*s://%.*s",
	    (int)scheme.len, scheme.data, (int)host.len, host.data) :
	    arena_printf(a, "%.*s://%.*s:%.*s", (int)scheme.len, scheme.data,
	    (int)host.len, host.data, (int)port.len, port.data);

	for (size_t i = 0; i < text.len; i++)
		((char *)(uintptr_t)text.data)[i] = ascii_lower(text.data[i]);
	return text.data != NULL ? text.data : "";
}

const char *
page_url_read(struct bytes text, struct arena *a, struct page_url *out)
{
	struct bytes rest, scheme, host, port, path = BYTES_NONE;
	const char *slash, *fault;

	scheme = bytes_has_prefix(text, "https://") ? BYTES("https") :
	    BYTES("http");
	if (scheme.len == 4 && !bytes_has_prefix(text, "http://"))
		return "write it with https://, like "
		    "https://you.example/cgi-bin/cgihook.cgi";
	if (text.len > URL_MAX)
		return "it is longer than 1024 characters";
	rest = bytes_from(text, scheme.len + 3);
	if (rest.len > 0 && rest.data[rest.len - 1] == '/')
		rest.len--;
	slash = rest.len > 0 ? memchr(rest.data, '/', rest.len) : NULL;
	if (slash != NULL) {
		path = bytes_from(rest, (size_t)(slash - rest.data));
		rest.len -= path.len;
	}
	if (!url_cut_port(rest, &host, &port) || !url_host_valid(host))
		return "the part between https:// and the next / must be the "
		    "name of a host, with a port if it has one";
	fault = url_path_fault(path);
	if (fault != NULL)
		return fault;
	*out = (struct page_url){
		.origin = url_origin(scheme, host, port, a),
		.path = arena_cstr(a, path),
		.loopback = url_is_loopback(host)
	};
	out->text = arena_cstr(a, arena_printf(a, "%s%s", out->origin,
	    out->path));
	if (scheme.len == 4 && !out->loopback)
		return "http:// would send the token to everybody on the way; "
		    "only an address of this machine may have it. Write "
		    "https://";
	return NULL;
}

enum status
value_url(const struct config_value *v, void *out, struct reason *why)
{
	struct page_url u;
	const char *fault = page_url_read(bytes_of(v->texts->text),
	    &v->x->config->arena, &u);

	if (fault != NULL)
		return config_fail(v->x->config->path, v->texts->line, why,
		    "url = %.60s: %s", v->texts->text, fault);
	*(struct page_url *)out = u;
	return ST_OK;
}

/* --- time_zone ----------------------------------------------------------- */

/* "CET-1CEST,M3.5.0,M10.5.0/3": the C library needs no file for that. */
static bool
zone_is_rule(const char *text)
{
	size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz");
	const char *rest = text + letters;

	rest += *rest == '-' || *rest == '+';
	return letters >= 3 && *rest >= '0' && *rest <= '9';
}

static bool
zone_exists(const char *text)
{
	char path[sizeof(ZONES) + ZONE_MAX];

	(void)snprintf(path, sizeof(path), ZONES "%s", text);
	return access(path, R_OK) == 0;
}

enum status
value_time_zone(const struct config_value *v, void *out, struct reason *why)
{
	const char *text = v->texts->text;
	size_t len = strlen(text);
	bool plain = len > 0 && len <= ZONE_MAX && ascii_alnum(text[0]) &&
	    strstr(text, "..") == NULL && text[len - 1] != '/';

	for (size_t i = 0; plain && i < len; i++)
		plain = ascii_alnum(text[i]) ||
		    strchr("/_-+.,:", text[i]) != NULL;
	if (!plain || (strcmp(text, "UTC") != 0 && !zone_exists(text) &&
	    !zone_is_rule(text)))
		return config_fail(v->x->config->path, v->texts->line, why,
		    "time_zone = %.60s: this machine has no such zone; write "
		    "UTC, or a name below " ZONES ", like Europe/Zurich", text);
	return value_text(v, out, why);
}
