/* SPDX-License-Identifier: ISC */
/*
 * session.h: connect, relay, report.
 */
#ifndef SESSION_H
#define SESSION_H

#include "options/options.h"
#include "outcome.h"

/*
 * Connects as `options` ask, relays the standard streams, and writes messages
 * and reports. Returns how the program is to end.
 */
struct outcome session_run(const struct options *options);

#endif
