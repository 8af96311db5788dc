#ifndef CGIHOOK_AGENT_ROLE_H
#define CGIHOOK_AGENT_ROLE_H

/** agent_role_main - be the agent: what this program does with CGIHOOK_ROLE
 *  being "agent", and the configuration in CGIHOOK_CONFIG. Returns: an exit
 *  status. */
int
agent_role_main(void);

#endif
