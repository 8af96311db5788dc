#ifndef CGIHOOK_PAGE_REPLY_H
#define CGIHOOK_PAGE_REPLY_H

#include "frame.h"
#include "html.h"
#include "status.h"

/* The replies of pages. All of them have the header fields that keep a browser
 * from running, framing, guessing or storing anything. */

struct exchange;

/** page_frame - the frame of a page, for whoever asks for it */
struct frame
page_frame(const struct exchange *x, enum frame_section section,
    const char *title);

/** page_html - to write a page into; times are in the configured zone */
struct html
page_html(const struct exchange *x);

/** page_reply_html - x->reply, of what was written. ST_OK; ST_BUSY */
enum status
page_reply_html(struct exchange *x, int http_status, struct html *h);

/** page_reply_bytes - x->reply, of another type: content that may be shown
 *  nowhere but as what it is called */
void
page_reply_bytes(struct exchange *x, const char *content_type,
    struct bytes content);

/** page_reply_see - x->reply: 303, to what follows "/-/": text of ours. ST_OK;
 *  ST_BUSY */
enum status
page_reply_see(struct exchange *x, const char *rest);

/** page_add_header - one more line for x->reply, "Name: value", in which a
 *  control character is left out */
void
page_add_header(struct exchange *x, const char *line);

/** page_refuse - x->reply of a request that failed: HTML, or JSON for programs;
 *  who has shown no token is sent to where it can be shown */
void
page_refuse(struct exchange *x, enum status st);

#endif
