#include "near.h"

#include <string.h>

/* Longer words are not compared: no key and no command is so long. */
enum { WORD_MAX = 40, EDITS_MAX = 2 };

static size_t
near_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, over the last three rows. */
static size_t
near_edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	size_t i, j;

	for (j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		const size_t *before = rows[(i + 2) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			row[j] = before[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = near_least(row[j], before[j] + 1);
			row[j] = near_least(row[j], row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = near_least(row[j],
				    rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *
near_word(const char *typed, const char *const *words, size_t count)
{
	const char *best = NULL;
	size_t best_edits = EDITS_MAX + 1;
	size_t typed_len = strlen(typed);
	size_t i;

	if (typed_len > WORD_MAX)
		return NULL;
	for (i = 0; i < count; i++) {
		size_t len = strlen(words[i]);
		size_t n;

		if (len > WORD_MAX)
			continue;
		n = near_edits(typed, typed_len, words[i], len);
		if (n < best_edits && n * 3 <= len) {
			best = words[i];
			best_edits = n;
		}
	}
	return best;
}
