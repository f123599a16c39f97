/* SPDX-License-Identifier: ISC */
/*
 * status.h: the exit statuses. They never change; the manual lists them under
 * EXIT STATUS.
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_UNCONNECTED = 1, /* every attempt failed */
	STATUS_USAGE = 2,
	STATUS_UNRESOLVED = 3,    /* no usable address */
	STATUS_TIMEOUT = 4,       /* the budget of -w has expired */
	STATUS_LOST = 5,          /* the connection, or data for it */
	STATUS_TLS = 6,           /* every attempt that had TCP failed in TLS */
	STATUS_STREAM = 7,        /* standard input or output failed */
	STATUS_IDLE = 8,          /* no data for the time of -i */
	STATUS_PROXY = 9,         /* the proxy refused, or did not answer */
	STATUS_TRUNCATED = 10,    /* TLS ended without a close_notify */
	STATUS_PROBE_BROKEN = 11, /* probe: some addresses do not answer */
	STATUS_INTERNAL = 70,     /* out of memory, or an internal error */
	STATUS_BROKEN_PIPE = 141, /* as a shell shows death by SIGPIPE */
};

#endif
