/* SPDX-License-Identifier: ISC */
/*
 * The destination of host and port: the addresses of --address, those of every
 * --resolve for host and port, or the host itself, an address or a name.
 */
#include <stdio.h>

#include "idn.h"
#include "interfaces.h"
#include "options/parse.h"

/* What is checked. */
struct destination {
	const struct options *options;
	const char *host;
	uint16_t port;
};

/*
 * Returns whether both are the same host: one name, or one address in any
 * notation.
 */
static bool
is_same_host(const char *a, const char *b)
{
	struct address left, right;

	if (idn_equal(a, b))
		return (true);
	return (address_parse(&left, a, 0) == ADDRESS_PARSED &&
	    address_parse(&right, b, 0) == ADDRESS_PARSED &&
	    address_equal(&left, &right));
}

bool
options_resolve_applies(
    const struct options_resolve *entry, const char *host, uint16_t port)
{
	return (entry->port == port && is_same_host(entry->host, host));
}

/* Returns the first --resolve that applies, from number `i` on; NULL: none. */
static const struct options_resolve *
find_resolve(const struct destination *destination, size_t i)
{
	const struct options *options = destination->options;

	for (; i < options->resolve_count; i++) {
		if (options_resolve_applies(&options->resolves[i],
			destination->host, destination->port))
			return (&options->resolves[i]);
	}
	return (NULL);
}

/* Checks that -4 or -6 leaves an address of the entries that apply. */
static bool
resolves_have_family(
    const struct destination *destination, const struct options_resolve *entry)
{
	const struct options *options = destination->options;
	size_t next;

	while (entry != NULL) {
		if (has_family(options->family, entry->addresses,
			entry->address_count))
			return (true);
		next = (size_t)(entry - options->resolves) + 1;
		entry = find_resolve(destination, next);
	}
	return (false);
}

/* Writes the error line for -4 or -6 without an address of that family. */
static enum options_result
fail_family(
    const struct destination *destination, const char *what, char *error)
{
	const struct options *options = destination->options;
	char quoted[TEXT_QUOTE_MAX];

	snprintf(error, OPTIONS_ERROR_MAX, "%s and %s %s: no %s address",
	    options->family == AF_INET ? "-4" : "-6", what,
	    text_quote(quoted, destination->host),
	    address_family_name(options->family));
	return (OPTIONS_INVALID);
}

/* Checks the host where no other address replaces it. */
static enum options_result
check_host(const struct destination *destination, char *error)
{
	const struct options *options = destination->options;
	char quoted[TEXT_QUOTE_MAX];
	struct address literal;

	if (address_parse(&literal, destination->host, 0) == ADDRESS_PARSED) {
		if (options->family == AF_UNSPEC ||
		    address_family(&literal) == options->family)
			return (OPTIONS_RUN);
		return (fail_family(destination,
		    destination->host == options->host ? "host" : "proxy",
		    error));
	}
	if (!options->numeric)
		return (OPTIONS_RUN);
	snprintf(error, OPTIONS_ERROR_MAX, "-n: %s is no address",
	    text_quote(quoted, destination->host));
	return (OPTIONS_INVALID);
}

/* Checks the family that -4 or -6 asks for, and -n. */
static enum options_result
check_choice(const struct destination *destination, char *error)
{
	const struct options *options = destination->options;
	const struct options_resolve *entry = find_resolve(destination, 0);

	if (options->address_count > 0)
		return (OPTIONS_RUN);
	if (entry == NULL)
		return (check_host(destination, error));
	if (options->family == AF_UNSPEC ||
	    resolves_have_family(destination, entry))
		return (OPTIONS_RUN);
	return (fail_family(destination, "--resolve of", error));
}

/*
 * Checks that each address has its interface, or that this host has one only.
 * What -4 or -6 leaves out does not count; --interface is that of all.
 */
static enum options_result
check_zones(const struct options *options, const struct address *addresses,
    size_t count, char *error)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < count && options->interface == NULL; i++) {
		struct address address = addresses[i];

		if ((options->family != AF_UNSPEC &&
			address_family(&address) != options->family) ||
		    interfaces_complete_zones(&address, 1) == 1)
			continue;
		snprintf(error, OPTIONS_ERROR_MAX,
		    "%s: a link-local address needs its interface: %s%%eth0",
		    address_format_host(&address, text), text);
		return (OPTIONS_INVALID);
	}
	return (OPTIONS_RUN);
}

/* Checks the zones of the addresses that are connected to. */
static enum options_result
check_destination_zones(const struct destination *destination, char *error)
{
	const struct options *options = destination->options;
	const struct options_resolve *entry = find_resolve(destination, 0);
	enum options_result result = OPTIONS_RUN;
	struct address literal;

	if (options->address_count > 0)
		return (check_zones(options, options->addresses,
		    options->address_count, error));
	if (entry == NULL &&
	    address_parse(&literal, destination->host, 0) == ADDRESS_PARSED)
		return (check_zones(options, &literal, 1, error));
	while (entry != NULL && result == OPTIONS_RUN) {
		result = check_zones(
		    options, entry->addresses, entry->address_count, error);
		entry = find_resolve(
		    destination, (size_t)(entry - options->resolves) + 1);
	}
	return (result);
}

enum options_result
options_check_destination(
    const struct options *options, const char *host, uint16_t port, char *error)
{
	const struct destination destination = { options, host, port };
	enum options_result result = check_choice(&destination, error);

	if (result == OPTIONS_RUN)
		result = check_destination_zones(&destination, error);
	if (result == OPTIONS_RUN)
		result = check_zones(
		    options, options->sources, options->source_count, error);
	return (result);
}
