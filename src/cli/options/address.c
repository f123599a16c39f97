/* SPDX-License-Identifier: ISC */
/*
 * The arguments that are addresses: -s, --address, --resolve, --exclude and
 * --dns. Each may be repeated and adds to the earlier ones.
 */
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "interfaces.h"
#include "options/parse.h"

#define DNS_PORT 53

/* Ahead of a name server that is asked over TCP alone. */
#define TCP_PREFIX "tcp:"

/* Parses the literal `text`, which an option has as a value, or in it. */
static enum options_result
parse_address(struct parse *parse, const struct option_spec *spec,
    const char *value, struct address *address, const char *text, uint16_t port)
{
	switch (address_parse(address, text, port)) {
	case ADDRESS_NOT_LITERAL:
		return (option_fail(parse, spec, value,
		    "must be an IPv4 or IPv6 address%s",
		    spec == &option_table[OPTION_SOURCE]
			? "; for an interface use --interface"
			: ""));
	case ADDRESS_UNKNOWN_ZONE:
		return (option_fail(
		    parse, spec, value, "there is no such interface"));
	case ADDRESS_PARSED:
		break;
	}
	return (OPTIONS_RUN);
}

/* Appends the literal `text` to an array of addresses. */
static enum options_result
add_address(struct parse *parse, const struct option_spec *spec,
    const char *text, uint16_t port, struct address **addresses, size_t *count)
{
	struct address address, *grown;
	enum options_result result = parse_address(
	    parse, spec, text, &address, text, port);

	if (result != OPTIONS_RUN)
		return (result);
	grown = realloc(*addresses, (*count + 1) * sizeof(*grown));
	if (grown == NULL)
		return (OPTIONS_NO_MEMORY);
	grown[(*count)++] = address;
	*addresses = grown;
	return (OPTIONS_RUN);
}

/* Appends every literal of "ADDR[,ADDR]..."; writes NULs into `list`. */
static enum options_result
add_list(struct parse *parse, const struct option_spec *spec, char *list,
    uint16_t port, struct address **addresses, size_t *count)
{
	enum options_result result = OPTIONS_RUN;
	char *comma;

	while (result == OPTIONS_RUN && list != NULL) {
		comma = strchr(list, ',');
		if (comma != NULL)
			*comma++ = '\0';
		result = add_address(parse, spec, list, port, addresses, count);
		list = comma;
	}
	return (result);
}

enum options_result
option_set_source(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options *options = parse->options;

	return (add_address(parse, spec, argument, 0, &options->sources,
	    &options->source_count));
}

enum options_result
option_set_addresses(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options *options = parse->options;
	enum options_result result;
	char *list = strdup(argument);

	if (list == NULL)
		return (OPTIONS_NO_MEMORY);
	result = add_list(
	    parse, spec, list, 0, &options->addresses, &options->address_count);
	free(list);
	return (result);
}

/*
 * Cuts "HOST:PORT:LIST" into its pieces; an IPv6 address as HOST is in
 * brackets. Returns false when a piece is missing.
 */
static bool
split_resolve(char *text, char **host, char **port, char **list)
{
	char *end;

	*host = text;
	if (*text == '[') {
		*host = text + 1;
		end = strchr(text, ']');
		if (end == NULL || end[1] != ':')
			return (false);
		*end++ = '\0';
	} else {
		end = strchr(text, ':');
		if (end == NULL)
			return (false);
	}
	*end = '\0';
	*port = end + 1;
	end = strchr(*port, ':');
	if (end == NULL)
		return (false);
	*end = '\0';
	*list = end + 1;
	return (true);
}

/*
 * Returns whether HOST seems to be an IPv6 address without its brackets: it is
 * hexadecimal up to the colon, and the text after that is not a number.
 */
static bool
lacks_brackets(const char *host, const char *port)
{
	size_t digits = strspn(host, "0123456789abcdefABCDEF");

	return (host[digits] == '\0' &&
	    (*port == '\0' || strspn(port, "0123456789") != strlen(port)));
}

/* Fills *entry from `text`; writes NULs into it. */
static enum options_result
parse_resolve(struct parse *parse, const struct option_spec *spec,
    const char *argument, char *text, struct options_resolve *entry)
{
	char quoted[TEXT_QUOTE_MAX];
	char *host, *port, *list;
	const char *fault;
	int64_t number;

	if (!split_resolve(text, &host, &port, &list))
		return (option_fail(
		    parse, spec, argument, "must be %s", spec->argument));
	if (lacks_brackets(host, port))
		return (option_fail(parse, spec, argument,
		    "must be %s; an IPv6 HOST is in brackets", spec->argument));
	fault = host_fault(host);
	if (fault != NULL)
		return (option_fail(parse, spec, argument, "host %s: %s",
		    text_value(quoted, host), fault));
	if (!number_parse(&number, port) || number < 1 || number > UINT16_MAX)
		return (option_fail(parse, spec, argument,
		    "port %s: must be 1 to 65535", text_value(quoted, port)));
	entry->port = (uint16_t)number;
	entry->host = strdup(host);
	if (entry->host == NULL)
		return (OPTIONS_NO_MEMORY);
	return (add_list(parse, spec, list, entry->port, &entry->addresses,
	    &entry->address_count));
}

/* Appends an empty entry and returns it; NULL when out of memory. */
static struct options_resolve *
add_resolve(struct options *options)
{
	struct options_resolve *grown;

	grown = realloc(
	    options->resolves, (options->resolve_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return (NULL);
	options->resolves = grown;
	grown += options->resolve_count++;
	memset(grown, 0, sizeof(*grown));
	return (grown);
}

enum options_result
option_set_resolve(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options_resolve *entry = add_resolve(parse->options);
	enum options_result result;
	char *text;

	if (entry == NULL)
		return (OPTIONS_NO_MEMORY);
	text = strdup(argument);
	if (text == NULL)
		return (OPTIONS_NO_MEMORY);
	result = parse_resolve(parse, spec, argument, text, entry);
	free(text);
	return (result);
}

enum options_result
option_set_exclude(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options *options = parse->options;
	struct prefix prefix, *grown;

	switch (prefix_parse(&prefix, argument)) {
	case PREFIX_NOT_ADDRESS:
		return (option_fail(parse, spec, argument,
		    "must be an IPv4 or IPv6 address, or a prefix of one"));
	case PREFIX_UNKNOWN_ZONE:
		return (option_fail(
		    parse, spec, argument, "there is no such interface"));
	case PREFIX_NOT_LENGTH:
		return (option_fail(parse, spec, argument,
		    "the length of a prefix must be 0 to 32 for IPv4, 0 to 128"
		    " for IPv6"));
	case PREFIX_PARSED:
		break;
	}
	grown = realloc(
	    options->excluded, (options->excluded_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return (OPTIONS_NO_MEMORY);
	grown[options->excluded_count++] = prefix;
	options->excluded = grown;
	return (OPTIONS_RUN);
}

/*
 * Cuts "ADDR", "ADDR4:PORT" or "[ADDR6]:PORT" into its pieces; *port is NULL
 * where there is none.
 */
static void
split_server(char *text, char **address, char **port)
{
	char *colon = strchr(text, ':');

	*address = text;
	*port = NULL;
	/* With several colons, and no bracket, it is an IPv6 address. */
	if (*text == '[')
		colon = strstr(text, "]:");
	else if (colon != NULL && strchr(colon + 1, ':') != NULL)
		return;
	if (colon == NULL)
		return;
	if (*colon == ']')
		colon++;
	*colon = '\0';
	*port = colon + 1;
}

/* Fills *server from `text`; writes NULs into it. */
static enum options_result
parse_server(struct parse *parse, const struct option_spec *spec,
    const char *argument, char *text, struct options_dns *server)
{
	char quoted[TEXT_QUOTE_MAX];
	char *address, *port;
	int64_t number = DNS_PORT;
	enum options_result result;

	server->tcp = strncmp(text, TCP_PREFIX, strlen(TCP_PREFIX)) == 0;
	split_server(
	    text + (server->tcp ? strlen(TCP_PREFIX) : 0), &address, &port);
	result = parse_address(
	    parse, spec, argument, &server->address, address, 0);
	if (result == OPTIONS_RUN && port != NULL &&
	    (!number_parse(&number, port) || number < 1 || number > UINT16_MAX))
		result = option_fail(parse, spec, argument,
		    "port %s: must be 1 to 65535", text_value(quoted, port));
	if (result == OPTIONS_RUN)
		address_set_port(&server->address, (uint16_t)number);
	if (result == OPTIONS_RUN &&
	    interfaces_complete_zones(&server->address, 1) != 1)
		result = option_fail(parse, spec, argument,
		    "a link-local address needs its interface: %s%%eth0",
		    address);
	return (result);
}

enum options_result
option_set_dns(
    struct parse *parse, const struct option_spec *spec, const char *argument)
{
	struct options *options = parse->options;
	struct options_dns server, *grown;
	enum options_result result;
	char *text = strdup(argument);

	if (text == NULL)
		return (OPTIONS_NO_MEMORY);
	result = parse_server(parse, spec, argument, text, &server);
	free(text);
	if (result != OPTIONS_RUN)
		return (result);
	grown = realloc(
	    options->dns, (options->dns_count + 1) * sizeof(*grown));
	if (grown == NULL)
		return (OPTIONS_NO_MEMORY);
	grown[options->dns_count++] = server;
	options->dns = grown;
	return (OPTIONS_RUN);
}
