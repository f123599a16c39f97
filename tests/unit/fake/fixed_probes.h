/* SPDX-License-Identifier: ISC */
/*
 * fixed_probes.h: results of probes that are the same in every run.
 */
#ifndef FIXED_PROBES_H
#define FIXED_PROBES_H

#include <stddef.h>

#include "probe/report.h"
#include "report/trace.h"

#define FIXED_PROBE_ADDRESSES 4

/* A probe under way: what was looked up, tried and raced. */
struct fixed_probe_state {
	struct trace lookup;
	struct verdict_address addresses[FIXED_PROBE_ADDRESSES];
	size_t address_count;
	struct trace race;
};

struct fixed_probe {
	const char *name; /* of its files in tests/golden */
	void (*build)(struct fixed_probe_state *state);
	unsigned rounds;
	unsigned wanted; /* rounds; 0: those */
	enum probe_result result;
	int exit_status; /* as a shell shows it; 130: ^C */
};

extern const struct fixed_probe fixed_probes[];
extern const size_t fixed_probe_count;

/* Builds one; the state is the caller's to release. */
void fixed_probe_init(
    const struct fixed_probe *fixed, struct fixed_probe_state *state);
void fixed_probe_release(struct fixed_probe_state *state);

/* Returns a report of a state that was built from `fixed`. */
struct probe_report fixed_probe_report(
    const struct fixed_probe *fixed, const struct fixed_probe_state *state);

#endif
