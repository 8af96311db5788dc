#ifndef CGIHOOK_LOG_H
#define CGIHOOK_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "status.h"

/*
 * logfmt: one event a line, one write(2) a line. A value is bare if it consists
 * of [!#-<>-~] (printable ASCII without space, quote and '='), otherwise it is
 * in double quotes with \" \\ \n \r \t \xHH; an empty value is "". Bytes that
 * are not UTF-8, control characters, and characters that reorder text on a
 * terminal are always \xHH, so a line stays a line and reads back to the same
 * bytes. Many threads may make and write lines at once.
 */

enum { LOG_LINE_MAX = 2048 };	/* a longer line loses its last fields, whole,
				   and ends in cut=1 */

struct log_line {
	char text[LOG_LINE_MAX];	/* begins with room for the time */
	size_t len;
	bool full;
};

/**
 * log_open - set where lines go from now on
 *
 * Takes:   target: "stderr", "syslog", or the path of a file, which is appended
 *          to and made 0640, or 0660 in a folder that its group may write;
 *          program, which syslog shows and which must live on.
 * Returns: ST_OK; ST_SYSTEM when it cannot be opened, or is neither a regular
 *          file nor a character device, or is a symlink; lines then go where
 *          they went before. Before the first call that is stderr.
 * Effect:  when the file is moved away, a new one is opened: the writer of a
 *          line checks for that, at most once a second.
 */
enum status
log_open(const char *target, const char *program, struct reason *why);

/** log_reopen_if_moved - check for that now. Returns: whether another file was
 *  opened */
bool
log_reopen_if_moved(void);

/** log_file - the descriptor of the log's file; -1: lines do not go to a
 *  file */
int
log_file(void);

/**
 * log_confine - open nothing any more in this process
 *
 * Takes:   send, which gets the lines for syslog.
 * Effect:  only log_follow follows a file that was moved away.
 */
void
log_confine(void (*send)(void *ctx, int priority, struct bytes line),
    void *ctx);

/** log_follow - write to this file from now on; fd stays the caller's */
void
log_follow(int fd);

/** log_forward - pass another process's line to syslog, if lines go there */
void
log_forward(int priority, struct bytes line);

/** log_begin - begin a line with a word that says what it is: request,
 *  attempt */
void
log_begin(struct log_line *l, const char *what);

/** log_bytes - add key=value; an absent value adds nothing */
void
log_bytes(struct log_line *l, const char *key, struct bytes value);

void
log_str(struct log_line *l, const char *key, const char *value);

void
log_int(struct log_line *l, const char *key, int64_t value);

/** log_end - write the line, with time=… in front if it goes to a file */
void
log_end(struct log_line *l);

/** log_note - write a line for the operator: note level=warning|error msg="…";
 *  the message is cut at 479 bytes */
void
log_note(const char *level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
