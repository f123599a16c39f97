/* SPDX-License-Identifier: ISC */
/*
 * probe/probe.h: judge a host: connect to every address, each on its own.
 */
#ifndef PROBE_H
#define PROBE_H

#include "options/options.h"
#include "outcome.h"

/*
 * Connects to every address of the host, options->probe times, without a race;
 * then once with one, to see what Happy Eyeballs picks. Prints a table and a
 * verdict for each family, or JSON, to standard output.
 */
struct outcome probe_run(const struct options *options);

#endif
