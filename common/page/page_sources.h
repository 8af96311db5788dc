#ifndef CGIHOOK_PAGE_SOURCES_H
#define CGIHOOK_PAGE_SOURCES_H

#include "config.h"
#include "frame.h"
#include "secret_use.h"

/* What to give to each sender, and what to write into the configuration for
 * another one: for somebody who has a browser and FTP, and no shell. */

struct page_source {
	const struct source *source;
	const char *address;		/* for the sender */
	int64_t event_ms;		/* the last one; 0: none */
	struct secret_use use;
	bool fresh;			/* its secret may still be shown */
};

struct page_sources {
	struct frame frame;
	const struct config *config;
	const struct page_source *rows;
	size_t count;
	const char *probe;		/* a picture that nobody should see,
					   without .svg or .cgi;
					   NULL: there is none */
	const struct page_source *shown;	/* its secret is; or NULL */
	const char *name;		/* another source's; NULL: none yet */
	const struct provider *provider;
};

void
page_sources_write(struct html *h, const struct page_sources *p);

#endif
