/* SPDX-License-Identifier: ISC */
/*
 * search.h: the lookups of libhecat_cares: a name and its search list.
 *
 * A search walks through the names of the list (walk.h), with a question for
 * each family side by side. Every failure ends it: with DNS alone there is no
 * other way to ask, and the name that could not be asked for may be the one
 * that is meant. With one family the other one has no data, whatever the name.
 */
#ifndef CARES_SEARCH_H
#define CARES_SEARCH_H

#include "hecat_cares.h"

/* The resolver; its argument is a struct hecat_cares. */
extern const struct hecat_resolver_methods search_methods;

#endif
