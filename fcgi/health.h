#ifndef CGIHOOK_HEALTH_H
#define CGIHOOK_HEALTH_H

#include "exchange.h"

/*
 * What a load balancer or a monitor asks: -/healthy, whether this responder
 * answers; -/ready, whether it can accept an event durably. The store is asked
 * to commit as it does for "cgihook check --url", with no event, and at most
 * every ten seconds, whoever asks how often on this machine. A stranger may
 * ask, and learns nothing else.
 */

/** health_check_head - ST_TOO_BIG for a request with a body */
enum status
health_check_head(struct exchange *x);

/** health_look - find out what is known already, and open what a try needs. As
 *  responder_open_parts; ST_SYSTEM where the last try has failed */
enum status
health_look(struct exchange *x);

/** health_end - answer, after the try if there is to be one: line_end, once */
void
health_end(struct exchange *x);

#endif
