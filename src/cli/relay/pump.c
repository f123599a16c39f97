/* SPDX-License-Identifier: ISC */
/*
 * What is common to all the pumps.
 */
#include <errno.h>

#include "relay/pump.h"

enum pump_result
pump_move(struct pump *pump, size_t *moved)
{
	*moved = 0;
	return (pump->ops->move(pump, moved));
}

size_t
pump_waiting(struct pump *pump)
{
	return (pump->ops->waiting != NULL ? pump->ops->waiting(pump) : 0);
}

bool
pump_set_batches(struct pump *pump, bool in_batches)
{
	return (pump->ops->set_batches != NULL &&
	    pump->ops->set_batches(pump, in_batches));
}

void
pump_end(struct pump *pump)
{
	if (pump->ops->end != NULL)
		pump->ops->end(pump);
}

void
pump_free(struct pump *pump)
{
	if (pump == NULL)
		return;
	pump_end(pump);
	pump->ops->free(pump);
}

enum pump_result
pump_source_error(void)
{
	bool again = errno == EAGAIN || errno == EINTR;

	return (again ? PUMP_SOURCE_EMPTY : PUMP_SOURCE_FAILED);
}

enum pump_result
pump_sink_error(void)
{
	return (errno == EAGAIN ? PUMP_SINK_FULL : PUMP_SINK_FAILED);
}
