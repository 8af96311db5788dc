#include "role.h"

const char *
role_name(enum role r)
{
	switch (r) {
	case ROLE_NONE: break;
	case ROLE_VIEW: return "view";
	case ROLE_READ: return "read";
	case ROLE_OPERATE: return "operate";
	case ROLE_ADMIN: return "admin";
	}
	return "none";
}
