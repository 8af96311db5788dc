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
