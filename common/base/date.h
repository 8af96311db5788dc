#ifndef CGIHOOK_DATE_H
#define CGIHOOK_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

/**
 * date_parse_http - read an HTTP date in any of its three forms
 *
 * Returns: false when text has none of these forms or names no day of the
 *          calendar; *out_ms (since 1970) untouched then.
 * Spec:    RFC 9110 5.6.7: IMF-fixdate, RFC 850, asctime. A weekday that
 *          contradicts the date is allowed, since the RFC does not forbid it.
 *          IMF-fixdate may end in UTC instead of GMT, as Go's time.RFC1123 and
 *          so some signers write it.
 */
bool
date_parse_http(struct bytes text, int64_t now_ms, int64_t *out_ms);

/** date_format_http - IMF-fixdate; out holds 30 bytes with its NUL */
void
date_format_http(int64_t ms, char out[30]);

/**
 * date_parse_rfc3339 - read 2026-01-02T03:09:05.317Z, any fraction, any offset
 *
 * Returns: false when text is not of this form; *out_ms untouched then.
 * Spec:    RFC 3339 5.6; a space may replace the T.
 */
bool
date_parse_rfc3339(struct bytes text, int64_t *out_ms);

/** date_format_rfc3339 - 2026-01-02T03:09:05.317Z; out holds 25 with its NUL */
void
date_format_rfc3339(int64_t ms, char out[25]);

#endif
