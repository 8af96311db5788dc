#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "codec.h"
#include "crypto.h"

bool
probe_is(struct bytes body)
{
	return bytes_is(body, PROBE_BODY);
}

enum status
probe_folder(const char *dir, char out[PROBE_FOLDER_LEN + 1],
    struct reason *why)
{
	unsigned char hash[SHA256_LEN];
	char text[80];
	struct stat sb;
	int len;

	if (stat(dir, &sb) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", dir, strerror(errno));
	len = snprintf(text, sizeof(text), "cgihook folder %llu %llu",
	    (unsigned long long)sb.st_dev, (unsigned long long)sb.st_ino);
	if (sha256((struct bytes){ text, (size_t)len }, hash) != ST_OK)
		return fail(why, ST_SYSTEM, "libcrypto cannot make a SHA-256");
	hex_encode(hash, PROBE_FOLDER_LEN / 2, out);
	return ST_OK;
}
