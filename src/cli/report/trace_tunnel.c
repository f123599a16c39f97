/* SPDX-License-Identifier: ISC */
/*
 * What happens with a proxy in, one record out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "report/trace_tunnel.h"

void
trace_tunnel_begin(struct trace_tunnel *tunnel, const struct address *address)
{
	tunnel->asked = *address;
	tunnel->state = TRACE_TUNNEL_UNASKED;
	tunnel->is_user_refused = false;
	tunnel->start = tunnel->end = MONOTIME_NEVER;
	tunnel->reply[0] = '\0';
}

void
trace_tunnel_ask(struct trace_tunnel *tunnel, monotime_t now)
{
	tunnel->state = TRACE_TUNNEL_ASKED;
	tunnel->start = now;
}

void
trace_tunnel_answer(struct trace_tunnel *tunnel, enum trace_tunnel_state state,
    const char *reply, monotime_t now)
{
	tunnel->state = state;
	tunnel->end = now;
	snprintf(tunnel->reply, sizeof(tunnel->reply), "%s", reply);
}

bool
trace_tunnel_keep_refusal(struct trace_tunnel *tunnel)
{
	struct trace_refusal *grown = realloc(
	    tunnel->refusals, (tunnel->refusal_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return (false);
	tunnel->refusals = grown;
	grown += tunnel->refusal_count++;
	grown->address = tunnel->asked;
	grown->start = tunnel->start;
	grown->end = tunnel->end;
	snprintf(grown->reply, sizeof(grown->reply), "%s", tunnel->reply);
	return (true);
}

void
trace_tunnel_release(struct trace_tunnel *tunnel)
{
	free(tunnel->refusals);
	*tunnel = (struct trace_tunnel){ .start = MONOTIME_NEVER };
}
