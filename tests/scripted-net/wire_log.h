/* SPDX-License-Identifier: ISC */
/*
 * The log of what the network saw, one line for each event:
 *
 *	TIME EVENT WHAT
 *
 * TIME is in microseconds since the command was started.  An event of TCP
 * names the scripted host first, and then, after "from" or "to", the program
 * under test; so "from" is a packet that came and "to" one that was sent:
 *
 *	  12345 syn 2001:db8:1::a 80 from 2001:db8::1 54321 #1
 *	  42345 syn-ack 2001:db8:1::a 80 to 2001:db8::1 54321
 */
#ifndef WIRE_LOG_H
#define WIRE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

struct wire_log {
	int fd; /* -1: nothing is logged */
	int64_t start;
	int64_t arrival; /* of the packet that is being taken in */
};

/* The two ends of an event, seen from the scripted host. */
struct wire_ends {
	struct ip host, client;
	uint16_t host_port, client_port;
};

/* Opens `path` anew, "-" being stderr; with NULL nothing is logged. */
bool wire_log_open(struct wire_log *log, const char *path);
void wire_log_close(struct wire_log *log);

/* Writes one line at once, of something that happened at `time`. */
void wire_log_event(struct wire_log *log, int64_t time, const char *event,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Writes the line of a packet from the program, with the time of its arrival,
 * or of one to it.  `detail` may be "".
 */
void wire_log_in(struct wire_log *log, const char *event,
    const struct wire_ends *ends, const char *detail);
void wire_log_out(struct wire_log *log, const char *event,
    const struct wire_ends *ends, const char *detail);

#endif
