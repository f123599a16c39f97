/* SPDX-License-Identifier: ISC */
/*
 * The wait for a quiet peer.
 */
#include "relay/half_close.h"

#define INTERVAL_MIN MONOTIME_PER_MS
#define INTERVAL_MAX (MONOTIME_PER_SECOND / 2)

static monotime_t
least(monotime_t a, monotime_t b)
{
	return (a < b ? a : b);
}

monotime_t
half_close_wait(const struct half_close_config *config)
{
	monotime_t wait = HALF_CLOSE_WAIT;

	if (config->receive_only)
		return (MONOTIME_NEVER);
	if (config->asked != HALF_CLOSE_DEFAULT)
		return (config->asked);
	if (config->send_only || config->quit_after == 0)
		return (0);
	if (config->input_is_null)
		return (MONOTIME_NEVER);
	/* A server that replies to our FIN needs time to do so. */
	wait = least(wait, config->quit_after / 2);
	return (least(wait, config->idle_timeout / 2));
}

monotime_t
half_close_due(monotime_t wait, const struct half_close_facts *facts)
{
	if (wait == MONOTIME_NEVER || !facts->input_sent)
		return (MONOTIME_NEVER);
	if (wait == 0 || facts->peer_ended)
		return (0);
	if (facts->unacked > 0 || facts->unwritten > 0)
		return (MONOTIME_NEVER);
	return (facts->moved_at + wait);
}

monotime_t
half_close_interval(monotime_t wait)
{
	monotime_t interval = least(wait / 4, INTERVAL_MAX);

	return (interval > INTERVAL_MIN ? interval : INTERVAL_MIN);
}
