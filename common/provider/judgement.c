#include "judgement.h"

bool
judge_goes_on(const struct judgement *j)
{
	return j->st == ST_OK || j->trace != NULL;
}

struct reason *
judge_why(struct judgement *j)
{
	return j->st == ST_OK ? j->why : &j->later;
}

void
judge_result(struct judgement *j, enum status st)
{
	if (j->st == ST_OK)
		j->st = st;
}
