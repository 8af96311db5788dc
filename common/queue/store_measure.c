#include "store_measure.h"

const int64_t store_bucket_ms[STORE_BUCKETS - 1] = { 100, 500, 1000, 5000,
	10000, 30000, 60000, 300000, 1800000 };

size_t
store_bucket(int64_t ms)
{
	size_t i = 0;

	while (i < STORE_BUCKETS - 1 && ms > store_bucket_ms[i])
		i++;
	return i;
}

int64_t
store_percentile_ms(const int64_t buckets[STORE_BUCKETS], int percent)
{
	int64_t all = 0, seen = 0;
	size_t i = 0;

	for (size_t k = 0; k < STORE_BUCKETS; k++)
		all += buckets[k];
	if (all == 0)
		return -1;
	while (i < STORE_BUCKETS - 1 &&
	    (seen += buckets[i]) * 100 < all * percent)
		i++;
	return i < STORE_BUCKETS - 1 ? store_bucket_ms[i] : -1;
}
