#ifndef CGIHOOK_POST_H
#define CGIHOOK_POST_H

#include "cli.h"
#include "outgoing.h"

/* Ways for a signed request to reach a responder. */

struct post_reply {
	int status;			/* 202 */
	struct bytes type;		/* Content-Type; may be absent */
	struct bytes text;		/* the body */
	int64_t took_ms;
	int verdict;			/* on the certificate, if ST_DENIED:
					   certificate.h */
};

/** post_cgi - run the responder as a web server would, as CGI
 *
 *  Returns: ST_OK with *out; ST_CONFIG, no responder; ST_SYSTEM, it failed:
 *           *why has its last words. */
enum status
post_cgi(struct cli *c, const char *source, const struct outgoing *o,
    struct post_reply *out, struct reason *why);

/** post_http - by curl, to url/source
 *
 *  Returns: ST_OK whatever was answered; ST_CONFIG, no curl here; ST_DENIED:
 *           nothing was sent, since the certificate is not trusted;
 *           ST_SYSTEM: *why says at which stage it stopped. */
enum status
post_http(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, struct post_reply *out, struct reason *why);

/** post_http_anyway - the same, whatever the certificate is */
enum status
post_http_anyway(struct cli *c, const char *url, const char *source,
    const struct outgoing *o, struct post_reply *out, struct reason *why);

/** post_names_source - whether the address ends with the source's name: what is
 *  pasted at a sender does, the script's address does not */
bool
post_names_source(const char *url, const char *source);

/** post_target - the path of the request line: of post_http, or of post_cgi
 *  where url is NULL */
struct bytes
post_target(const char *url, const char *source, struct arena *a);

/** post_print - print the curl command that would send it, for a shell */
void
post_print(struct cli *c, const char *url, const char *source,
    const struct outgoing *o);

#endif
