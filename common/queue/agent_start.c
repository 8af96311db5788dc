#include "agent_start.h"

#include "agent_socket.h"
#include "clock.h"
#include "runner_start.h"

enum {
	START_AGAIN_MS = 1000,	/* the one before is still on its way */
	NAP_US = 2000
};

enum status
agent_start_connect(struct agent_start *s, int *fd, struct reason *why)
{
	const enum status st = agent_socket_connect(s->state_dir, fd, why);
	const int64_t now_ms = clock_steady_ms();
	enum status started;

	if (st != ST_UNKNOWN || (s->started_ms != 0 &&
	    now_ms - s->started_ms < START_AGAIN_MS))
		return st;
	s->started_ms = now_ms;
	started = runner_start_agent(s->config_path, why);
	return started == ST_OK ? st : started;
}

enum status
agent_start_reach(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	enum status st;

	for (;;) {
		st = agent_start_connect(ctx, fd, why);
		if ((st != ST_UNKNOWN && st != ST_BUSY) ||
		    clock_steady_ms() >= until_ms)
			return st;
		clock_nap_us(NAP_US);
	}
}
