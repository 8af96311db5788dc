#ifndef CGIHOOK_LOG_H
#define CGIHOOK_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "status.h"

/*
 * logfmt: one event a line, one write(2) a line. A value is bare where it is
 * made of [!#-<>-~] (printable ASCII without space, quote and '='), otherwise
 * in double quotes with \" \\ \n \r \t \xHH; an empty one is "". Bytes that
 * are not UTF-8, control characters, and those that reorder text on a terminal
 * are always \xHH, so a line in is a line out and reads back to the same bytes.
 * Lines may be made and written by many threads at once.
 */

enum { LOG_LINE_MAX = 2048 };	/* a longer line loses its last fields, whole,
				   and ends in cut=1 */

struct log_line {
	char text[LOG_LINE_MAX];	/* room for the time first */
	size_t len;
	bool full;
};

/**
 * log_open - where lines go from now on
 *
 * Takes:   target, "stderr", "syslog", or a file's path, which is appended to
 *          and made 0640, or 0660 in a folder that its group may write;
 *          program, which syslog shows and which must live on.
 * Returns: ST_OK; ST_SYSTEM where it cannot be opened, or is a symlink or
 *          anything else but a regular file or a character device; lines then
 *          go where they went before. Before the first call that is stderr.
 * Effect:  from then on a file that was moved away is begun anew: who writes
 *          a line looks for it, once a second at most.
 */
enum status
log_open(const char *target, const char *program, struct reason *why);

/** log_reopen_if_moved - look now. Returns: whether another file is open */
bool
log_reopen_if_moved(void);

/** log_file - the descriptor of the file that lines go to; -1: to none */
int
log_file(void);

/**
 * log_confine - this process opens nothing any more
 *
 * Takes:   send, which gets the lines for syslog.
 * Effect:  a file that was moved away is followed by log_follow alone.
 */
void
log_confine(void (*send)(void *ctx, int priority, struct bytes line),
    void *ctx);

/** log_follow - lines go to this file instead of the one open now; fd stays the
 *  caller's */
void
log_follow(int fd);

/** log_forward - another process's line, to syslog where lines go there */
void
log_forward(int priority, struct bytes line);

/** log_begin - a line whose first word says what it is: request, attempt, … */
void
log_begin(struct log_line *l, const char *what);

/** log_bytes - key=value; an absent value leaves the field out */
void
log_bytes(struct log_line *l, const char *key, struct bytes value);

void
log_str(struct log_line *l, const char *key, const char *value);

void
log_int(struct log_line *l, const char *key, int64_t value);

/** log_end - time=… in front where the target is a file, and write it */
void
log_end(struct log_line *l);

/** log_note - a line for the operator: note level=warning|error msg="…"; the
 *  message is cut at 479 bytes */
void
log_note(const char *level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
