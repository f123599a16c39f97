/* SPDX-License-Identifier: ISC */
/*
 * The operands: "host port", "host:port", "[v6]:port", "[v6] port", "v6 port".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "duration.h"
#include "hostname.h"
#include "options/foreign.h"
#include "options/parse.h"

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Host and port as they are in the operands. */
struct target {
	const char *host;
	size_t host_length;
	const char *port; /* NULL: none yet */
};

/* Returns the fault of a name with a byte that no host has; NULL: none. */
static const char *
forbidden_byte(const char *host)
{
	for (; *host != '\0'; host++) {
		unsigned char byte = (unsigned char)*host;

		if (byte == ' ')
			return ("a host has no space in it");
		if (byte == '/')
			return ("a host has no slash in it");
		if (byte < ' ' || byte == 0x7f)
			return ("a host has no control character in it");
	}
	return (NULL);
}

const char *
host_fault(const char *host)
{
	struct address address;
	const char *fault;

	if (*host == '\0')
		return ("the host is empty");
	if (hostname_length(host) > HOSTNAME_LENGTH_MAX)
		return ("longer than 253 characters");
	fault = forbidden_byte(host);
	if (fault != NULL)
		return (fault);
	if (strpbrk(host, ":[]%") == NULL)
		return (NULL);
	switch (address_parse(&address, host, 0)) {
	case ADDRESS_UNKNOWN_ZONE:
		return ("there is no such interface");
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

static bool
is_number(const char *port)
{
	return (*port != '\0' && port[strspn(port, DIGITS)] == '\0');
}

/* Returns whether `port` is several: "80,81". */
static bool
is_list(const char *port)
{
	return (strchr(port, ',') != NULL &&
	    port[strspn(port, DIGITS ",")] == '\0');
}

const char *
port_fault(const char *port)
{
	int64_t number;

	if (port[strspn(port, DIGITS)] == '\0') {
		if (number_parse(&number, port) && number >= 1 &&
		    number <= UINT16_MAX)
			return (NULL);
		return ("must be 1 to 65535");
	}
	if (is_range(port) || is_list(port))
		return ("one port only; for more call hecat -z in a loop");
	/* What begins with a digit may be a service: 3com-tsmux is one. */
	if (strchr("+._-", *port) != NULL ||
	    port[strspn(port, DIGITS LETTERS "+._-")] != '\0')
		return ("must be 1 to 65535 or the name of a service");
	return (NULL);
}

/*
 * Writes the error line for an operand in another notation that means `host`
 * and `port` (NULL: not known).
 */
static enum options_result
fail_notation(const struct parse *parse, const char *operand,
    const char *reason, const char *host, size_t host_length, const char *port)
{
	char typed[TEXT_QUOTE_MAX], name[TEXT_QUOTE_MAX],
	    number[TEXT_QUOTE_MAX];
	char copy[HOSTNAME_LENGTH_MAX + 8];

	snprintf(copy, sizeof(copy), "%.*s", (int)host_length, host);
	return (parse_fail(parse, "%s: %swrite: hecat %s %s",
	    text_value(typed, operand), reason, text_value(name, copy),
	    port == NULL || *port == '\0' ? "PORT" : text_value(number, port)));
}

/* Returns the second operand; NULL: there is none. */
static const char *
second_operand(const struct parse *parse)
{
	return (parse->operand_count > 1 ? parse->operands[1] : NULL);
}

/* Sets *length to that of HOST in "HOST:PORT". Returns PORT, or `otherwise`. */
static const char *
cut_port(char *host, size_t *length, const char *otherwise)
{
	char *close = *host == '[' ? strchr(host, ']') : NULL;
	char *colon = strrchr(close != NULL ? close : host, ':');

	*length = strlen(host);
	if (colon == NULL)
		return (otherwise);
	*length = (size_t)(colon - host);
	return (colon[1] != '\0' ? colon + 1 : otherwise);
}

/* Writes the error line for a URL. */
static enum options_result
fail_url(const struct parse *parse, const char *url)
{
	char scheme[32], copy[HOSTNAME_LENGTH_MAX + 8];
	const char *begin = strstr(url, "://") + 3;
	const char *port;
	char *user;
	size_t length;

	snprintf(scheme, sizeof(scheme), "%.*s", (int)strcspn(url, ":"), url);
	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(begin, "/?#"), begin);
	user = strrchr(copy, '@');
	user = user != NULL ? user + 1 : copy;
	port = cut_port(user, &length, scheme);
	return (fail_notation(parse, url, "a URL; ", user, length, port));
}

/* Returns whether these bytes are capital letters, digits and dashes. */
static bool
is_upper(const char *text, size_t length)
{
	return (
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") >= length);
}

/* Returns whether these bytes are as in the name of an option of socat's. */
static bool
is_plain(const char *text, size_t length)
{
	return (length > 0 &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length);
}

/* Adds the options of hecat for those of a socat address. */
static void
add_settings(char *advice, size_t size, const char *settings)
{
	struct text_buffer text = { advice, size, 0 };

	advice[0] = '\0';
	while (*settings == ',') {
		const struct foreign_setting *setting;
		size_t length = strcspn(++settings, ",=");

		setting = foreign_find_setting(settings, length);
		if (setting != NULL)
			text_buffer_add(&text, "%s is %s here; ", setting->name,
			    setting->here);
		else if (is_plain(settings, length))
			text_buffer_add(&text, "%.*s is not in hecat; ",
			    (int)length, settings);
		settings += strcspn(settings, ",");
	}
}

/*
 * Writes the error line for "TCP:host:port,option..."; returns OPTIONS_RUN for
 * another operand.
 */
static enum options_result
refuse_socat(const struct parse *parse, const char *operand)
{
	char reason[OPTIONS_ERROR_MAX / 2], advice[OPTIONS_ERROR_MAX / 3];
	char copy[HOSTNAME_LENGTH_MAX + 8], quoted[TEXT_QUOTE_MAX];
	const struct foreign_address *kind;
	size_t length = strcspn(operand, ":");
	const char *begin = operand + length + 1, *port;

	if (operand[length] == '\0')
		return (OPTIONS_RUN);
	kind = foreign_find_address(operand, length);
	/* With one colon it may be a host of that name, and its port. */
	if (kind == NULL ||
	    (strchr(begin, ':') == NULL &&
		(kind->advice == NULL || !is_upper(operand, length))))
		return (OPTIONS_RUN);
	if (kind->advice != NULL)
		return (parse_fail(parse, "%s: an address of socat's; %s",
		    text_value(quoted, operand), kind->advice));
	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(begin, ","), begin);
	add_settings(advice, sizeof(advice), begin + strcspn(begin, ","));
	snprintf(reason, sizeof(reason), "an address of socat's; %s", advice);
	port = cut_port(copy, &length, NULL);
	return (fail_notation(parse, operand, reason, copy, length, port));
}

/*
 * Writes the error line for user@host, host/port and host,port; returns
 * OPTIONS_RUN for another operand.
 */
static enum options_result
refuse_notation(const struct parse *parse, const char *operand)
{
	const char *user = strchr(operand, '@');
	size_t length = strcspn(operand, "/,");
	const char *port = operand + length;
	char copy[HOSTNAME_LENGTH_MAX + 8];

	if (strstr(operand, "://") != NULL)
		return (fail_url(parse, operand));
	if (user != NULL && user > operand && user[1] != '\0') {
		snprintf(copy, sizeof(copy), "%s", user + 1);
		port = cut_port(copy, &length, second_operand(parse));
		return (fail_notation(
		    parse, operand, "give no user; ", copy, length, port));
	}
	if (length > 0 && *port != '\0' && is_number(port + 1))
		return (fail_notation(
		    parse, operand, "", operand, length, port + 1));
	return (refuse_socat(parse, operand));
}

/* Finds host and port in an operand that begins with a bracket. */
static enum options_result
split_brackets(
    const struct parse *parse, const char *operand, struct target *target)
{
	const char *close = strchr(operand, ']');
	char quoted[TEXT_QUOTE_MAX];

	if (close == NULL)
		return (parse_fail(parse, "%s: the ']' is missing",
		    text_value(quoted, operand)));
	if (close[1] != '\0' && close[1] != ':')
		return (
		    parse_fail(parse, "%s: the ':' after the ']' is missing",
			text_value(quoted, operand)));
	target->host = operand + 1;
	target->host_length = (size_t)(close - operand - 1);
	if (memchr(target->host, ':', target->host_length) == NULL)
		return (parse_fail(parse, "%s: brackets are for IPv6 addresses",
		    text_value(quoted, operand)));
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

	enum options_result result = refuse_notation(parse, operand);

	if (result != OPTIONS_RUN)
		return (result);
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

/* Writes the error line for a port; ":80" and "80/tcp" contain a right one. */
static enum options_result
fail_port(const struct parse *parse, const char *port, const char *fault)
{
	char quoted[TEXT_QUOTE_MAX], number[8];
	const char *begin = *port == ':' ? port + 1 : port;
	size_t length = strcspn(begin, "/");

	snprintf(number, sizeof(number), "%.*s", (int)length, begin);
	if (length < sizeof(number) && is_number(number) &&
	    port_fault(number) == NULL &&
	    (begin[length] == '\0' || strcmp(begin + length, "/tcp") == 0))
		return (parse_fail(parse, "port %s: write %s",
		    text_value(quoted, port), number));
	return (
	    parse_fail(parse, "port %s: %s", text_value(quoted, port), fault));
}

/* Checks host and port and stores copies of them. */
static enum options_result
store_target(struct parse *parse, const struct target *target)
{
	struct options *options = parse->options;
	char quoted[TEXT_QUOTE_MAX];
	const char *port = target->port;
	const char *fault;

	options->host = strndup(target->host, target->host_length);
	if (options->host == NULL)
		return (OPTIONS_NO_MEMORY);
	fault = host_fault(options->host);
	if (fault != NULL && *options->host == '\0')
		return (parse_fail(parse, "%s", fault));
	if (fault != NULL)
		return (parse_fail(
		    parse, "%s: %s", text_value(quoted, options->host), fault));
	if (port == NULL || *port == '\0')
		return (fail_notation(parse, parse->operands[0],
		    "the port is missing; ", options->host,
		    strlen(options->host), NULL));
	fault = port_fault(port);
	if (fault != NULL)
		return (fail_port(parse, port, fault));
	if (port[strspn(port, DIGITS)] == '\0')
		port += strspn(port, "0");
	options->service = strdup(port);
	return (options->service != NULL ? OPTIONS_RUN : OPTIONS_NO_MEMORY);
}

/*
 * Writes the error line for "--probe 5 host port": an optional argument cannot
 * be a word of its own.
 */
static enum options_result
fail_detached(const struct parse *parse)
{
	const struct option_spec *spec = &option_table[parse->detached_id];
	char spelling[SPELLING_MAX], value[TEXT_QUOTE_MAX];

	text_value(value, parse->detached);
	return (parse_fail(parse, "%s %s: write: --%s=%s",
	    option_spelling(spelling, parse, parse->detached_id), value,
	    spec->name, value));
}

/* Returns whether an operand too many may have been an optional argument. */
static bool
is_detached(const struct parse *parse)
{
	const char *last = second_operand(parse);

	if (parse->detached == NULL)
		return (false);
	return (parse->operand_count > 2 ||
	    (last != NULL && strchr(last, ':') != NULL));
}

enum options_result
target_parse(struct parse *parse)
{
	struct target target = { .host = parse->operands[0] };
	char quoted[TEXT_QUOTE_MAX], other[TEXT_QUOTE_MAX];
	enum options_result result;

	if (parse->options->fd != -1 && parse->operand_count > 0)
		return (parse_fail(parse,
		    "unexpected argument %s: --fd is connected already",
		    text_quote(quoted, parse->operands[0])));
	if (parse->options->fd != -1)
		return (OPTIONS_RUN);
	if (parse->operand_count == 0)
		return (parse_fail(parse,
		    "a host and a port are missing; write: hecat HOST PORT"));
	if (is_detached(parse))
		return (fail_detached(parse));
	if (parse->operand_count > 1) {
		result = refuse_socat(parse, parse->operands[1]);
		if (result != OPTIONS_RUN)
			return (result);
	}
	target.host_length = strlen(target.host);
	result = split_operand(parse, target.host, &target);
	if (result != OPTIONS_RUN)
		return (result);
	if (parse->operand_count > 2)
		return (parse_fail(parse, "unexpected argument %s%s",
		    text_quote(quoted, parse->operands[2]),
		    is_number(parse->operands[1]) &&
			    is_number(parse->operands[2])
			? "; one port only: for more call hecat in a loop"
			: ""));
	if (parse->operand_count == 2) {
		if (target.port != NULL)
			return (parse_fail(parse,
			    "unexpected argument %s: %s has a port already",
			    text_quote(quoted, parse->operands[1]),
			    text_value(other, parse->operands[0])));
		target.port = parse->operands[1];
	}
	return (store_target(parse, &target));
}
