#include "store_again.h"

bool
again_is_meant(const struct store_retry *r, bool named,
    enum delivery_state state)
{
	switch (r->what) {
	case STORE_AGAIN:
		return delivery_has_ended(state) && state != DELIVERY_DONE;
	case STORE_AGAIN_HANDLER:
		return named && delivery_has_ended(state);
	case STORE_AGAIN_DEAD:
		return state == DELIVERY_DEAD;
	case STORE_AGAIN_IGNORED:
		return false;
	case STORE_AGAIN_FILTERED:
		return state == DELIVERY_FILTERED;
	}
	return false;
}

bool
again_looks_up(const struct store_retry *r, enum event_state state, bool has,
    bool filtered)
{
	switch (r->what) {
	case STORE_AGAIN:
		return true;
	case STORE_AGAIN_HANDLER:
		return !has || filtered;
	case STORE_AGAIN_DEAD:
		return false;
	case STORE_AGAIN_IGNORED:
		return state == EVENT_IGNORED;
	case STORE_AGAIN_FILTERED:
		return filtered;
	}
	return false;
}
