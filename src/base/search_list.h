/* SPDX-License-Identifier: ISC */
/*
 * search_list.h: the names that are queried for one name, in order.
 *
 * A name may be only the first labels of a host's name. resolv.conf(5) has the
 * domains to append, and the number of dots with which a name is first queried
 * as it is. The order is that of the GNU C library. The settings are handed in.
 */
#ifndef SEARCH_LIST_H
#define SEARCH_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "hostname.h"

struct search_settings {
	const char *const *domains; /* with or without dots around them */
	size_t domain_count;
	unsigned ndots;
	bool no_tld_query; /* never query a name without a dot as it is */
};

/* One name to query: absolute, with one dot at its end. */
struct search_name {
	char text[HOSTNAME_LENGTH_MAX + 2];
	bool as_typed; /* only the dot was appended */
};

struct search_list {
	struct search_name *names;
	size_t count; /* 0 when every name would be too long */
};

/*
 * Makes the list for `name`, which does not end in a dot. Returns false when
 * out of memory.
 */
bool search_list_init(struct search_list *list, const char *name,
    const struct search_settings *settings);
void search_list_release(struct search_list *list);

#endif
