/* SPDX-License-Identifier: ISC */
/*
 * search_list.h: the names that stand for one name, in the order in which they
 * are asked.
 *
 * A host is often named by the beginning of its name only; resolv.conf(5) says
 * which domains to append, and from how many dots on a name is first taken as
 * it is. The order is that of the GNU C library. Knows no file and asks
 * nobody: the settings are handed in.
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
	bool no_tld_query; /* never ask for a name without a dot as it is */
};

/* One name to be asked: absolute, with one dot at its end. */
struct search_name {
	char text[HOSTNAME_LENGTH_MAX + 2];
	bool as_typed; /* nothing was appended but the dot */
};

struct search_list {
	struct search_name *names;
	size_t count; /* 0 where every name would be too long */
};

/*
 * Makes the list for `name`, which does not end in a dot. Returns false when
 * out of memory.
 */
bool search_list_init(struct search_list *list, const char *name,
    const struct search_settings *settings);
void search_list_release(struct search_list *list);

#endif
