/* SPDX-License-Identifier: ISC */
/*
 * What cannot be given together, in one place: first the pairs that exclude
 * each other, then what the addresses have to say to -4, -6 and -n.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "options_internal.h"

/*
 * Options that exclude each other. Where a value is named the option conflicts
 * only with that value. What is merely idle (-q with -z, -p with several -s)
 * is no conflict: scripts add it to every call.
 */
static const struct conflict {
	enum option_id a;
	enum option_id b;
	const char *b_value;
	const char *reason; /* NULL: plain to see */
} conflicts[] = {
	{ OPTION_IPV4, OPTION_IPV6, NULL, NULL },
	{ OPTION_IPV4, OPTION_PREFER, "6", "there is no family to choose" },
	{ OPTION_IPV6, OPTION_PREFER, "4", "there is no family to choose" },
	{ OPTION_RESOLUTION_DELAY, OPTION_ORDER, "resolver",
	    "one lookup serves both families" },
	{ OPTION_FIRST_FAMILY_COUNT, OPTION_ORDER, "resolver",
	    "nothing is interleaved" },
	{ OPTION_PREFER, OPTION_ORDER, "resolver",
	    "the resolver's order is kept" },
	{ OPTION_ADDRESS, OPTION_RESOLVE, NULL, "both say where to connect" },
	{ OPTION_SHUTDOWN, OPTION_NO_SHUTDOWN, NULL, NULL },
	{ OPTION_SEND_ONLY, OPTION_RECV_ONLY, NULL, NULL },
};

/* Returns whether option `id` was given, with `value` where one is named. */
static bool
is_given(const struct parse *parse, enum option_id id, const char *value)
{
	const struct option_given *given = &parse->given[id];

	if (given->form == FORM_ABSENT)
		return (false);
	return (value == NULL || strcmp(value, given->argument) == 0);
}

/* Writes "-d" or, with a value, "--prefer 6" to `text`. */
static const char *
conflict_side(
    char *text, const struct parse *parse, enum option_id id, const char *value)
{
	size_t used;

	option_spelling(text, parse, id);
	used = strlen(text);
	if (value != NULL)
		snprintf(text + used, SPELLING_MAX - used, " %s", value);
	return (text);
}

/* Refuses the first pair of options that exclude each other. */
static enum options_result
check_pairs(const struct parse *parse)
{
	char a[SPELLING_MAX], b[SPELLING_MAX];
	size_t i;

	for (i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++) {
		const struct conflict *pair = &conflicts[i];

		if (!is_given(parse, pair->a, NULL) ||
		    !is_given(parse, pair->b, pair->b_value))
			continue;
		return (parse_fail(parse, "%s and %s exclude each other%s%s",
		    conflict_side(a, parse, pair->a, NULL),
		    conflict_side(b, parse, pair->b, pair->b_value),
		    pair->reason != NULL ? ": " : "",
		    pair->reason != NULL ? pair->reason : ""));
	}
	return (OPTIONS_RUN);
}

/* Returns whether `addresses` is empty or has one that may be used. */
static bool
has_family(int family, const struct address *addresses, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (address_family(&addresses[i]) == family)
			return (true);
	}
	return (count == 0);
}

/*
 * Returns whether `entry` is for the target, as far as it can be told here: a
 * service name may stand for any port.
 */
static bool
is_for_target(
    const struct options *options, const struct options_resolve *entry)
{
	char *end;
	unsigned long port = strtoul(options->service, &end, 10);

	if (strcasecmp(entry->host, options->host) != 0)
		return (false);
	return (*end != '\0' || port == entry->port);
}

/* Returns whether --address or --resolve makes the host a mere label. */
static bool
host_is_label(const struct options *options)
{
	size_t i;

	for (i = 0; i < options->resolve_count; i++) {
		if (is_for_target(options, &options->resolves[i]))
			return (true);
	}
	return (options->address_count > 0);
}

/* The error line for an argument without an address of the one family. */
static enum options_result
fail_family(const struct parse *parse, const char *what, const char *value)
{
	char only[SPELLING_MAX], quoted[QUOTE_MAX];
	int family = parse->options->family;
	enum option_id id = family == AF_INET ? OPTION_IPV4 : OPTION_IPV6;

	return (parse_fail(parse, "%s and %s %s: no %s address",
	    option_spelling(only, parse, id), what, quote_value(quoted, value),
	    address_family_name(family)));
}

/* The same for the option `id`, which was given last with that argument. */
static enum options_result
fail_option_family(const struct parse *parse, enum option_id id)
{
	char spelling[SPELLING_MAX];

	return (fail_family(parse, option_spelling(spelling, parse, id),
	    parse->given[id].argument));
}

/* Checks that -4 or -6 leaves a --resolve entry for the target, if any is. */
static bool
resolves_have_family(const struct options *options)
{
	const struct options_resolve *entry = options->resolves;
	bool any = false;
	size_t i;

	for (i = 0; i < options->resolve_count; i++, entry++) {
		if (!is_for_target(options, entry))
			continue;
		any = true;
		if (has_family(options->family, entry->addresses,
			entry->address_count))
			return (true);
	}
	return (!any);
}

/* Checks that -4 or -6 leaves something to connect to, and from. */
static enum options_result
check_family(const struct parse *parse)
{
	const struct options *options = parse->options;
	int family = options->family;
	struct address host;

	if (family == AF_UNSPEC)
		return (OPTIONS_RUN);
	if (!has_family(family, options->sources, options->source_count))
		return (fail_option_family(parse, OPTION_SOURCE));
	if (!has_family(family, options->addresses, options->address_count))
		return (fail_option_family(parse, OPTION_ADDRESS));
	if (!resolves_have_family(options))
		return (fail_option_family(parse, OPTION_RESOLVE));
	if (!host_is_label(options) &&
	    address_parse(&host, options->host, 0) == ADDRESS_PARSED &&
	    address_family(&host) != family)
		return (fail_family(parse, "host", options->host));
	return (OPTIONS_RUN);
}

/* Checks that -n leaves no name to look up. */
static enum options_result
check_numeric(const struct parse *parse)
{
	const struct options *options = parse->options;
	char spelling[SPELLING_MAX], quoted[QUOTE_MAX];
	struct address host;

	if (!options->numeric || host_is_label(options) ||
	    address_parse(&host, options->host, 0) == ADDRESS_PARSED)
		return (OPTIONS_RUN);
	return (parse_fail(parse, "%s: %s is no address",
	    option_spelling(spelling, parse, OPTION_NUMERIC),
	    quote_value(quoted, options->host)));
}

enum options_result
conflicts_check(const struct parse *parse)
{
	enum options_result result = check_pairs(parse);

	if (result == OPTIONS_RUN)
		result = check_family(parse);
	if (result == OPTIONS_RUN)
		result = check_numeric(parse);
	return (result);
}
