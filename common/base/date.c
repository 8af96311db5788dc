#include "date.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * Own arithmetic: strptime(3) and timegm(3) ask the locale and the time zone,
 * and let pass what is no date. All of it is the Gregorian calendar, carried
 * back before its beginning, as ISO 8601 does.
 */
struct when {
	int year, month, day, hour, minute, second;
};

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec", NULL
};

/* from 1970-01-01, a Thursday */
static const char *const weekdays[] = {
	"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed", NULL
};

static const char *const long_weekdays[] = {
	"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday",
	"Wednesday", NULL
};

static const int64_t DAY_S = 24 * 60 * 60;

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 0000-01-01 to the first day of year, which is not negative. */
static int64_t
days_before_year(int64_t year)
{
	if (year == 0)
		return 0;
	year--;		/* year 0 is a leap year, hence the 366 */
	return 366 + year * 365 + year / 4 - year / 100 + year / 400;
}

static int64_t
days_since_1970(int year, int month, int day)
{
	int64_t days = days_before_year(year) - days_before_year(1970);
	int m;

	for (m = 1; m < month; m++)
		days += days_in_month(year, m);
	return days + day - 1;
}

/* Is it a moment of the calendar? A leap second may stand where UTC puts one,
 * at a day's very end (RFC 3339 5.7); offset is what UTC is behind. */
static bool
date_to_ms(const struct when *t, int offset_minutes, int64_t *out_ms)
{
	int64_t minutes;

	if (t->month < 1 || t->month > 12 || t->day < 1 ||
	    t->day > days_in_month(t->year, t->month))
		return false;
	if (t->hour > 23 || t->minute > 59 || t->second > 60)
		return false;
	minutes = days_since_1970(t->year, t->month, t->day) * 24 * 60 +
	    t->hour * 60 + t->minute - offset_minutes;
	if (t->second == 60 && (minutes + 1) % (24 * 60) != 0)
		return false;
	*out_ms = (minutes * 60 + t->second) * 1000;
	return true;
}

/* Take count digits off the front of text. */
static bool
date_take_number(struct bytes *text, size_t count, int *out)
{
	unsigned long long n;

	if (text->len < count ||
	    !bytes_to_u64((struct bytes){ text->data, count }, &n))
		return false;
	*out = (int)n;
	*text = bytes_from(*text, count);
	return true;
}

/* Take one of the names off the front of text; *out says which. */
static bool
date_take_name(struct bytes *text, const char *const *names, int *out)
{
	int i;

	for (i = 0; names[i] != NULL; i++) {
		if (!bytes_has_prefix(*text, names[i]))
			continue;
		*text = bytes_from(*text, strlen(names[i]));
		*out = i;
		return true;
	}
	return false;
}

static bool
date_take_char(struct bytes *text, char c)
{
	if (text->len == 0 || *text->data != c)
		return false;
	*text = bytes_from(*text, 1);
	return true;
}

/* Take what one letter of a form, after a %, describes. */
static bool
date_take_field(struct bytes *text, char field, struct when *t)
{
	int ignored;

	switch (field) {
	case 'a': return date_take_name(text, weekdays, &ignored);
	case 'A': return date_take_name(text, long_weekdays, &ignored);
	case 'b':
		if (!date_take_name(text, months, &t->month))
			return false;
		t->month++;
		return true;
	case 'Y': return date_take_number(text, 4, &t->year);
	case 'y': return date_take_number(text, 2, &t->year);
	case 'm': return date_take_number(text, 2, &t->month);
	case 'd': return date_take_number(text, 2, &t->day);
	case 'e':	/* asctime: a space replaces a leading zero */
		if (date_take_char(text, ' '))
			return date_take_number(text, 1, &t->day);
		return date_take_number(text, 2, &t->day);
	case 'H': return date_take_number(text, 2, &t->hour);
	case 'M': return date_take_number(text, 2, &t->minute);
	case 'S': return date_take_number(text, 2, &t->second);
	}
	return false;
}

/* Take what form describes off the front of text. */
static bool
date_take_form(struct bytes *text, const char *form, struct when *t)
{
	for (; *form != '\0'; form++) {
		if (*form == '%') {
			if (!date_take_field(text, *++form, t))
				return false;
		} else if (!date_take_char(text, *form)) {
			return false;
		}
	}
	return true;
}

static void
date_from_ms(int64_t ms, struct when *t, int *weekday, int *milli)
{
	/* the years of four digits; also keeps the sums below in range */
	const int64_t least = -days_before_year(1970) * DAY_S * 1000;
	const int64_t most = (days_before_year(10000) -
	    days_before_year(1970)) * DAY_S * 1000 - 1;
	int64_t days, second;

	ms = ms < least ? least : ms > most ? most : ms;
	ms -= least;	/* from year 0, so that / and % round down */
	*milli = (int)(ms % 1000);
	second = ms / 1000 % DAY_S;
	days = ms / 1000 / DAY_S;
	/* 0000-01-01 was a Saturday: two names after Thursday */
	*weekday = (int)((days + 2) % 7);
	t->hour = (int)(second / 3600);
	t->minute = (int)(second / 60 % 60);
	t->second = (int)(second % 60);
	t->year = (int)(days / 366);	/* at most a few years too early */
	while (days_before_year(t->year + 1) <= days)
		t->year++;
	days -= days_before_year(t->year);
	for (t->month = 1; days >= days_in_month(t->year, t->month); t->month++)
		days -= days_in_month(t->year, t->month);
	t->day = (int)days + 1;
}

/* RFC 9110 5.6.7: what seems more than 50 years ahead is the last year past
 * with the same two digits. */
static bool
century_ms(struct when *t, int64_t now_ms, int64_t *out_ms)
{
	struct when now, limit;
	int ignored, year = t->year;
	int64_t limit_ms, ms;

	date_from_ms(now_ms, &now, &ignored, &ignored);
	limit = now;
	limit.year += 50;
	if (limit.month == 2 && limit.day == 29)
		limit.day = 28;		/* 50 years on there is no 29th */
	if (!date_to_ms(&limit, 0, &limit_ms))
		return false;
	/* The latest year of these two digits that is not too far ahead. */
	year += (limit.year / 100) * 100;
	for (; year >= 0; year -= 100) {
		t->year = year;
		if (!date_to_ms(t, 0, &ms))
			return false;
		if (ms <= limit_ms) {
			*out_ms = ms;
			return true;
		}
	}
	return false;
}

bool
date_parse_http(struct bytes text, int64_t now_ms, int64_t *out_ms)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",	/* IMF-fixdate */
		"%a, %d %b %Y %H:%M:%S UTC",	/* 99designs/httpsignatures */
		"%a %b %e %H:%M:%S %Y",		/* asctime */
	};
	struct when t = { 0 };
	struct bytes rest;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		rest = text;
		if (date_take_form(&rest, forms[i], &t) && rest.len == 0)
			return date_to_ms(&t, 0, out_ms);
	}
	rest = text;
	if (date_take_form(&rest, "%A, %d-%b-%y %H:%M:%S GMT", &t) &&
	    rest.len == 0)
		return century_ms(&t, now_ms, out_ms);
	return false;
}

void
date_format_http(int64_t ms, char out[30])
{
	struct when t;
	int weekday, milli;

	date_from_ms(ms, &t, &weekday, &milli);
	snprintf(out, 30, "%s, %02d %s %04d %02d:%02d:%02d GMT",
	    weekdays[weekday], t.day, months[t.month - 1], t.year, t.hour,
	    t.minute, t.second);
}

/* A point and digits, if there: what is finer than a millisecond is cut. */
static bool
date_take_fraction(struct bytes *text, int *milli)
{
	int weight = 100;

	*milli = 0;
	if (!date_take_char(text, '.'))
		return true;
	if (text->len == 0 || *text->data < '0' || *text->data > '9')
		return false;
	while (text->len > 0 && *text->data >= '0' && *text->data <= '9') {
		*milli += (*text->data - '0') * weight;
		weight /= 10;
		*text = bytes_from(*text, 1);
	}
	return true;
}

static bool
date_take_offset(struct bytes *text, int *minutes)
{
	struct when offset = { 0 };
	int sign = 1;

	*minutes = 0;
	if (date_take_char(text, 'Z') || date_take_char(text, 'z'))
		return true;
	if (date_take_char(text, '-'))
		sign = -1;
	else if (!date_take_char(text, '+'))
		return false;
	if (!date_take_form(text, "%H:%M", &offset) || offset.hour > 23 ||
	    offset.minute > 59)
		return false;
	*minutes = sign * (offset.hour * 60 + offset.minute);
	return true;
}

bool
date_parse_rfc3339(struct bytes text, int64_t *out_ms)
{
	struct when t = { 0 };
	int milli, offset_minutes;
	int64_t ms;

	if (!date_take_form(&text, "%Y-%m-%d", &t))
		return false;
	if (!date_take_char(&text, 'T') && !date_take_char(&text, 't') &&
	    !date_take_char(&text, ' '))
		return false;
	if (!date_take_form(&text, "%H:%M:%S", &t) ||
	    !date_take_fraction(&text, &milli) ||
	    !date_take_offset(&text, &offset_minutes) || text.len > 0 ||
	    !date_to_ms(&t, offset_minutes, &ms))
		return false;
	*out_ms = ms + milli;
	return true;
}

void
date_format_rfc3339(int64_t ms, char out[25])
{
	struct when t;
	int weekday, milli;

	date_from_ms(ms, &t, &weekday, &milli);
	snprintf(out, 25, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year,
	    t.month, t.day, t.hour, t.minute, t.second, milli);
}
