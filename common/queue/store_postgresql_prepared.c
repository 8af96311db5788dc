#include "store_postgresql_prepared.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a: all statements are our own, so nobody looks for two with one key. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t
add_bytes(uint64_t key, const void *data, size_t len)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < len; i++)
		key = (key ^ at[i]) * FNV_PRIME;
	return key;
}

static uint64_t
key_of(const char *sql, const struct pg_args *args)
{
	uint64_t key = add_bytes(FNV_BASIS, sql, strlen(sql) + 1);

	for (int i = 0; args != NULL && i < args->count; i++) {
		const unsigned type = pg_arg_oid(&args->of[i]);

		key = add_bytes(key, &type, sizeof(type));
	}
	return key;
}

struct pg_statement *
prepared_find(struct pg_prepared *p, const char *sql,
    const struct pg_args *args)
{
	const uint64_t key = key_of(sql, args);

	for (size_t i = 0; i < p->count; i++)
		if (p->of[i].key == key)
			return &p->of[i];
	if (p->count == PG_PREPARED_MAX)
		return NULL;
	p->of[p->count] = (struct pg_statement){ key, PG_NEW };
	return &p->of[p->count++];
}

void
prepared_name(const struct pg_statement *t, char out[PG_PREPARED_NAME])
{
	snprintf(out, PG_PREPARED_NAME, "cgihook_%016" PRIx64, t->key);
}

void
prepared_forget(struct pg_prepared *p)
{
	p->count = 0;
}
