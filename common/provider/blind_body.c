#include "blind_body.h"

#include <string.h>

#include "mac.h"

/* How many quotes and escapes there may be between the '=' and the MAC. */
enum { QUOTES_MAX = 8 };

static bool
body_is_form(const struct message *m)
{
	struct bytes type;

	return message_headers(m, "content-type", &type) == 1 &&
	    (bytes_has_prefix_nocase(type, "application/x-www-form") ||
	    bytes_has_prefix_nocase(type, "multipart/"));
}

/* gzip and the like: what it unpacks to is not searched for secrets. */
static bool
body_is_packed(const struct message *m)
{
	struct bytes coding;

	(void)message_headers(m, "content-encoding", &coding);
	return coding.len > 0 && !bytes_is_nocase(coding, "identity");
}

static bool
body_begins_with_mac(struct bytes text)
{
	enum mac_form form;
	struct mac mac;
	size_t n = 0;

	while (n < text.len && (ascii_alnum(text.data[n]) ||
	    memchr("+/-_", text.data[n], 4) != NULL))
		n++;
	for (size_t pad = 0; pad <= 2 && n + pad <= text.len; pad++) {
		if (mac_read((struct bytes){ text.data, n + pad }, false,
		    &form, &mac))
			return true;
		if (n + pad == text.len || text.data[n + pad] != '=')
			break;
	}
	return false;
}

/* As Drone's and CircleCI's senders write it. */
static bool
body_begins_with_signature(struct bytes text)
{
	if (bytes_has_prefix_nocase(text, "v1="))
		return body_begins_with_mac(bytes_from(text, strlen("v1=")));
	if (!bytes_has_prefix_nocase(text, "signature="))
		return false;
	text = bytes_from(text, strlen("signature="));
	for (size_t i = 0; i <= QUOTES_MAX && i < text.len; i++)
		if (body_begins_with_mac(bytes_from(text, i)))
			return true;
	return false;
}

bool
blind_body_kept(const struct message *m)
{
	if (body_is_form(m) || body_is_packed(m))
		return false;
	for (size_t i = 0; i < m->body.len; i++)
		if (body_begins_with_signature(bytes_from(m->body, i)))
			return false;
	return true;
}
