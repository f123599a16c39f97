/* SPDX-License-Identifier: ISC */
/*
 * probe/table.h: the addresses of a probe, a row each.
 */
#ifndef PROBE_TABLE_H
#define PROBE_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "probe/verdict.h"

/* A table and the room that it has. */
struct probe_table {
	const struct verdict_address *addresses;
	size_t count;
	unsigned columns; /* of a line */
};

/*
 * Writes the heading and a row for each address. Where a line is too narrow
 * columns are left out, those that matter least first; an address is never cut.
 * A remark without room has a line of its own.
 */
void probe_table_write(FILE *out, const struct probe_table *table);

/* Returns how far a try had come that the end of the probe cut short. */
const char *probe_table_pending(monotime_t pending, char *text);

#endif
