/* SPDX-License-Identifier: ISC */
/*
 * The operands: "host port", "host:port", "[v6]:port", "[v6] port", "v6 port".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "options/parse.h"

/* RFC 1035 section 2.3.4, as text without the dot at the end. */
#define HOST_LENGTH_MAX 253

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Host and port as they stand in the operands. */
struct target {
	const char *host;
	size_t host_length;
	const char *port; /* NULL: none yet */
};

/* Returns whether no resolver would ever be asked for `host`. */
static bool
has_forbidden_byte(const char *host)
{
	for (; *host != '\0'; host++) {
		unsigned char byte = (unsigned char)*host;

		if (byte <= ' ' || byte == 0x7f || byte == '/')
			return (true);
	}
	return (false);
}

const char *
host_fault(const char *host)
{
	struct address address;
	size_t length = strlen(host);

	if (length == 0)
		return ("empty");
	if (host[length - 1] == '.')
		length--;
	if (length > HOST_LENGTH_MAX)
		return ("longer than 253 characters");
	if (has_forbidden_byte(host))
		return ("a space, a slash or a control character in it");
	if (strpbrk(host, ":[]%") == NULL)
		return (NULL);
	switch (address_parse(&address, host, 0)) {
	case ADDRESS_UNKNOWN_ZONE:
		return ("no such interface");
	case ADDRESS_NOT_LITERAL:
		return ("neither a name nor an IPv6 address");
	case ADDRESS_PARSED:
		break;
	}
	return (NULL);
}

/* Returns whether `port` is a range as other netcats scan it: "20-30". */
static bool
is_range(const char *port)
{
	size_t low = strspn(port, DIGITS);
	size_t high;

	if (low == 0 || port[low] != '-')
		return (false);
	high = strspn(port + low + 1, DIGITS);
	return (port[low + 1 + high] == '\0');
}

const char *
port_fault(const char *port)
{
	int64_t number;

	if (port[strspn(port, DIGITS)] == '\0') {
		if (number_parse(&number, port) && number >= 1 &&
		    number <= UINT16_MAX)
			return (NULL);
		return ("1 to 65535");
	}
	if (is_range(port))
		return ("one port only; for a range call hecat -z in a loop");
	/* What begins with a digit may be a service: 3com-tsmux is one. */
	if (strchr("+._-", *port) != NULL ||
	    port[strspn(port, DIGITS LETTERS "+._-")] != '\0')
		return ("1 to 65535, or the name of a service");
	return (NULL);
}

/* Says how to write what was written as a URL. */
static enum options_result
fail_url(const struct parse *parse, const char *url)
{
	char operand[QUOTE_MAX], authority[QUOTE_MAX], scheme[QUOTE_MAX];
	char copy[HOST_LENGTH_MAX + 8];
	const char *begin = strstr(url, "://") + 3;
	const char *user, *colon;
	bool has_port;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(begin, "/?#"), begin);
	user = strrchr(copy, '@');
	quote_value(authority, user != NULL ? user + 1 : copy);
	colon = strrchr(user != NULL ? user : copy, ':');
	has_port = colon != NULL && strchr(colon, ']') == NULL;
	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(url, ":"), url);
	quote_value(scheme, copy);
	quote_value(operand, url);
	if (has_port)
		scheme[0] = '\0';
	return (
	    parse_fail(parse, "host %s: a URL; give only host and port: %s%s%s",
		operand, authority, scheme[0] != '\0' ? " " : "", scheme));
}

/* Finds host and port in an operand that begins with a bracket. */
static enum options_result
split_brackets(
    const struct parse *parse, const char *operand, struct target *target)
{
	const char *close = strchr(operand, ']');
	char quoted[QUOTE_MAX];

	if (close == NULL)
		return (parse_fail(parse, "host %s: no ']' for the '['",
		    quote_value(quoted, operand)));
	if (close[1] != '\0' && close[1] != ':')
		return (parse_fail(parse, "host %s: no ':' after the ']'",
		    quote_value(quoted, operand)));
	target->host = operand + 1;
	target->host_length = (size_t)(close - operand - 1);
	if (memchr(target->host, ':', target->host_length) == NULL)
		return (parse_fail(parse,
		    "host %s: brackets are for IPv6 addresses",
		    quote_value(quoted, operand)));
	if (close[1] == ':')
		target->port = close + 2;
	return (OPTIONS_RUN);
}

/* Finds host and port, if there is one, in the first operand. */
static enum options_result
split_operand(
    const struct parse *parse, const char *operand, struct target *target)
{
	const char *colon = strchr(operand, ':');
	struct address address;

	if (strstr(operand, "://") != NULL)
		return (fail_url(parse, operand));
	if (*operand == '[')
		return (split_brackets(parse, operand, target));
	/* With more than one colon it is an IPv6 address, or meant to be. */
	if (colon != NULL && strchr(colon + 1, ':') == NULL &&
	    address_parse(&address, operand, 0) == ADDRESS_NOT_LITERAL) {
		target->host_length = (size_t)(colon - operand);
		target->port = colon + 1;
	}
	return (OPTIONS_RUN);
}

/* Checks host and port and stores copies of them. */
static enum options_result
store_target(struct parse *parse, const struct target *target)
{
	struct options *options = parse->options;
	char quoted[QUOTE_MAX];
	const char *port = target->port;
	const char *fault;

	options->host = strndup(target->host, target->host_length);
	if (options->host == NULL)
		return (OPTIONS_NO_MEMORY);
	fault = host_fault(options->host);
	if (fault != NULL)
		return (parse_fail(parse, "host %s: %s",
		    quote_value(quoted, options->host), fault));
	if (port == NULL || *port == '\0')
		return (parse_fail(parse,
		    strchr(options->host, ':') == NULL
			? "host %s: its port is missing"
			: "host %s: its port is missing; write [ADDRESS]:PORT",
		    quote_value(quoted, options->host)));
	fault = port_fault(port);
	if (fault != NULL)
		return (parse_fail(
		    parse, "port %s: %s", quote_value(quoted, port), fault));
	if (port[strspn(port, DIGITS)] == '\0')
		port += strspn(port, "0");
	options->service = strdup(port);
	return (options->service != NULL ? OPTIONS_RUN : OPTIONS_NO_MEMORY);
}

enum options_result
target_parse(struct parse *parse)
{
	struct target target = { .host = parse->operands[0] };
	char quoted[QUOTE_MAX], other[QUOTE_MAX];
	enum options_result result;

	if (parse->operand_count == 0)
		return (parse_fail(
		    parse, "host and port are missing; see hecat --help"));
	target.host_length = strlen(target.host);
	result = split_operand(parse, target.host, &target);
	if (result != OPTIONS_RUN)
		return (result);
	if (parse->operand_count > 2)
		return (parse_fail(parse, "operand %s: one too many",
		    quote_value(quoted, parse->operands[2])));
	if (parse->operand_count == 2) {
		if (target.port != NULL)
			return (parse_fail(parse, "port %s: %s has one already",
			    quote_value(quoted, parse->operands[1]),
			    quote_value(other, parse->operands[0])));
		target.port = parse->operands[1];
	}
	return (store_target(parse, &target));
}
