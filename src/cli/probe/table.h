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
	unsigned lines;   /* of the table with its heading; 0: any number */
};

/*
 * Writes the heading and a row for each address. Where a line is too narrow
 * columns are left out, those that matter least first; an address is never cut.
 * A remark without room has a line of its own. Where lines are limited a line
 * is never longer than `columns`, and addresses without room are counted.
 */
void probe_table_write(FILE *out, const struct probe_table *table);

/* Returns how far a try had come that the end of the probe cut short. */
const char *probe_table_pending(monotime_t pending, char *text);

#endif
