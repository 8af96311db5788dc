#ifndef CGIHOOK_INIT_FILES_H
#define CGIHOOK_INIT_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* What "init" writes, as text. */

enum init_kind {
	INIT_FOLDER,
	INIT_TEXT,		/* the text as it is */
	INIT_SECRET,		/* 32 random hex digits and a newline */
	INIT_WRAPPER		/* the script that a web server runs */
};

struct init_file {
	const char *path;	/* below DIR */
	enum init_kind kind;
	mode_t mode;		/* exactly, whatever the umask */
	const char *text;	/* INIT_TEXT's */
};

extern const struct init_file init_files[];
extern const size_t init_file_count;

#endif
