/* SPDX-License-Identifier: ISC */
/*
 * A base whose timers are not late by the tick of the coarse clock.
 */
#include <err.h>
#include <stddef.h>

#include <event2/event.h>

#include "precise_base.h"

struct event_base *
precise_base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		err(1, NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL)
		err(1, "no event base");
	return (base);
}
