#ifndef CGIHOOK_ENV_PAYLOAD_H
#define CGIHOOK_ENV_PAYLOAD_H

#include "env_set.h"
#include "json.h"

/**
 * env_add_payload - every scalar of a document as PAYLOAD_<PATH>
 *
 * Takes:   d; copy, a node of d that only repeats another one, or NULL; set,
 *          to which the variables are added, the shallowest first and then in
 *          the document's order.
 * Effect:  every scalar but null becomes a variable or is counted in
 *          set->omitted; so is every scalar, null or not, inside a member whose
 *          name comes for the second time. What is inside copy is neither.
 */
void
env_add_payload(const struct json_doc *d, const struct json_node *copy,
    struct env_set *set);

#endif
