#ifndef CGIHOOK_INIT_FILES_H
#define CGIHOOK_INIT_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* What "init" writes, as text. */

enum init_kind {
	INIT_FOLDER,
	INIT_TEXT,		/* the text as it is */
	INIT_SECRET,		/* 32 random hex digits and a newline; or its
				   text, and the base64 of 32 random bytes */
	INIT_KEY,		/* 64 random hex digits and a newline, where a
				   sender's public key will be */
	INIT_WRAPPER		/* the script that a web server runs */
};

struct init_file {
	const char *path;	/* below the folder */
	enum init_kind kind;
	mode_t mode;		/* exactly, whatever the umask */
	const char *text;	/* INIT_TEXT's; INIT_SECRET's, or NULL */
};

#define INIT_TOKEN "admin.token"	/* the page's, in the folder */

/* The beginning and the end of a configuration, around its sources. */
extern const char init_conf_head[], init_system_conf_head[], init_conf_tail[];

/* Below DIR. */
extern const struct init_file init_files[];
extern const size_t init_file_count;

/* With --system: below /etc/cgihook, and below /etc/systemd/system. */
extern const struct init_file init_system_files[];
extern const size_t init_system_file_count;
extern const struct init_file init_units[];
extern const size_t init_unit_count;

#endif
