/* SPDX-License-Identifier: ISC */
/*
 * The directions, in the order they are run and printed.
 */
#include <string.h>

#include "direction.h"

const struct direction directions[] = {
	{ "pipe-socket", "pipe to socket", TASK_UP, SIDE_PIPE, SIDE_NULL, false,
	    "splice copy", "" },
	{ "file-socket", "file to socket", TASK_UP, SIDE_FILE, SIDE_NULL, false,
	    "copy", "splice sendfile map" },
	{ "socket-pipe", "socket to pipe", TASK_DOWN, SIDE_NULL, SIDE_PIPE,
	    false, "splice copy", "" },
	{ "socket-file", "socket to file", TASK_DOWN, SIDE_NULL, SIDE_FILE,
	    false, "copy", "splice" },
	{ "socket-null", "socket to /dev/null", TASK_DOWN, SIDE_NULL, SIDE_NULL,
	    false, "splice copy discard", "" },
	{ "both", "both ways at once, through pipes", TASK_BOTH, SIDE_PIPE,
	    SIDE_PIPE, false, "splice copy mixed", "" },
	{ "ping-pong", "one byte and back, through pipes", TASK_PING, SIDE_PIPE,
	    SIDE_PIPE, false, "splice copy", "" },
	{ "start-up", "connect to a literal and exit (-z)", TASK_START_UP,
	    SIDE_NULL, SIDE_NULL, false, "connect", "" },
	{ "tls-up", "pipe to TLS", TASK_UP, SIDE_PIPE, SIDE_NULL, true, "",
	    "" },
	{ "tls-file", "file to TLS", TASK_UP, SIDE_FILE, SIDE_NULL, true, "",
	    "" },
	{ "tls-down", "TLS to pipe", TASK_DOWN, SIDE_NULL, SIDE_PIPE, true, "",
	    "" },
	{ "tls-both", "TLS both ways at once, through pipes", TASK_BOTH,
	    SIDE_PIPE, SIDE_PIPE, true, "", "" },
	{ "tls-greeting", "a TLS handshake, and the first byte", TASK_GREETING,
	    SIDE_NULL, SIDE_PIPE, true, "", "" },
};

const size_t direction_count = sizeof(directions) / sizeof(directions[0]);

const struct direction *
direction_find(const char *name)
{
	size_t i;

	for (i = 0; i < direction_count; i++)
		if (strcmp(directions[i].name, name) == 0)
			return (&directions[i]);
	return (NULL);
}

bool
direction_is_bulk(const struct direction *direction)
{
	return (direction->task == TASK_UP || direction->task == TASK_DOWN ||
	    direction->task == TASK_BOTH);
}
