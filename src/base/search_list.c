/* SPDX-License-Identifier: ISC */
/*
 * The queries of res_search(3), as a list.
 */
#include <stdlib.h>
#include <string.h>

#include "search_list.h"

static size_t
count_dots(const char *name)
{
	size_t dots = 0;

	for (; *name != '\0'; name++)
		dots += *name == '.';
	return (dots);
}

/* Adds `name` in `domain` (of `length`; 0: the root), unless it is too long. */
static void
add(struct search_list *list, const char *name, const char *domain,
    size_t length)
{
	size_t own = strlen(name);
	struct search_name *added = &list->names[list->count];
	char *end = added->text;

	if (own + (length > 0) + length > HOSTNAME_LENGTH_MAX)
		return;
	memcpy(end, name, own);
	end += own;
	if (length > 0) {
		*end++ = '.';
		memcpy(end, domain, length);
		end += length;
	}
	*end++ = '.';
	*end = '\0';
	added->as_typed = length == 0;
	list->count++;
}

/* Returns `domain` without the dots around it, and its length. */
static const char *
trim(const char *domain, size_t *length)
{
	if (*domain == '.')
		domain++;
	*length = strlen(domain);
	if (*length > 0 && domain[*length - 1] == '.')
		(*length)--;
	return (domain);
}

bool
search_list_init(struct search_list *list, const char *name,
    const struct search_settings *settings)
{
	size_t dots = count_dots(name);
	bool as_typed = dots >= settings->ndots; /* that name is in the list */
	const char *domain;
	size_t length;

	list->count = 0;
	list->names = calloc(settings->domain_count + 2, sizeof(*list->names));
	if (list->names == NULL)
		return (false);
	if (as_typed)
		add(list, name, "", 0);
	for (size_t i = 0; i < settings->domain_count; i++) {
		domain = trim(settings->domains[i], &length);
		if (length > 0 || !as_typed)
			add(list, name, domain, length);
		as_typed = as_typed || length == 0;
	}
	if (!as_typed &&
	    (dots > 0 || settings->domain_count == 0 ||
		!settings->no_tld_query))
		add(list, name, "", 0);
	return (true);
}

void
search_list_release(struct search_list *list)
{
	free(list->names);
	*list = (struct search_list){ .names = NULL };
}
