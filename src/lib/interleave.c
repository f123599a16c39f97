/* SPDX-License-Identifier: ISC */
/*
 * Two cursors, one for each family, that take turns.
 */
#include <sys/socket.h>
#include <stdbool.h>

#include "interleave.h"

/* Returns the first index from `from` on whose family is (or is not, with
 * `is` false) `leading`.
 */
static size_t
seek(const int *families, size_t count, size_t from, int leading, bool is)
{
	while (from < count && (families[from] == leading) != is)
		from++;
	return (from);
}

void
interleave(const int *families, size_t count, int leading,
    size_t first_address_family_count, size_t *order)
{
	size_t next[2]; /* by `lead`: of the other and of the leading family */
	size_t turns =
	    first_address_family_count; /* until the families change */
	bool lead = true;

	if (leading == AF_UNSPEC && count > 0)
		leading = families[0];
	next[false] = seek(families, count, 0, leading, false);
	next[true] = seek(families, count, 0, leading, true);
	for (size_t i = 0; i < count; i++) {
		if (next[lead] == count) {
			lead = !lead;
			turns = count;
		}
		order[i] = next[lead];
		next[lead] = seek(
		    families, count, next[lead] + 1, leading, lead);
		if (turns > 0 && --turns == 0) {
			lead = !lead;
			turns = 1;
		}
	}
}
