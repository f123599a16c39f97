/* SPDX-License-Identifier: ISC */
/*
 * Arguments that cannot be given together: the pairs of options that exclude
 * each other, then lists of addresses without one of the family of -4 or -6.
 */
#include <stdio.h>
#include <string.h>

#include "options/parse.h"

#define NO_CONNECT "there is nothing to connect"

/*
 * Options that exclude each other. With `b_value`, option b conflicts only with
 * that value. An option without effect (-q with -z, -p with several -s) is no
 * conflict, as scripts add it to every call.
 */
static const struct conflict {
	enum option_id a;
	enum option_id b;
	const char *b_value;
	const char *reason; /* NULL: obvious */
} conflicts[] = {
	{ OPTION_IPV4, OPTION_IPV6, NULL, NULL },
	{ OPTION_IPV4, OPTION_PREFER, "6", "there is no family to choose" },
	{ OPTION_IPV6, OPTION_PREFER, "4", "there is no family to choose" },
	{ OPTION_RESOLUTION_DELAY, OPTION_ORDER, "resolver",
	    "one lookup serves both families" },
	{ OPTION_RESOLUTION_DELAY, OPTION_ORDER, "interleaved",
	    "one lookup serves both families" },
	{ OPTION_FIRST_FAMILY_COUNT, OPTION_ORDER, "resolver",
	    "nothing is interleaved" },
	{ OPTION_PREFER, OPTION_ORDER, "resolver",
	    "the resolver's order is kept" },
	{ OPTION_ADDRESS, OPTION_RESOLVE, NULL, "both say where to connect" },
	{ OPTION_NUMERIC, OPTION_DNS, NULL, "-n looks up no name" },
	{ OPTION_SHUTDOWN, OPTION_NO_SHUTDOWN, NULL, NULL },
	{ OPTION_SEND_ONLY, OPTION_RECV_ONLY, NULL, NULL },
	{ OPTION_CRLF, OPTION_ZERO_COPY, NULL, "-C makes copies" },
	{ OPTION_ZERO_COPY, OPTION_NO_SPLICE, NULL, NULL },
	{ OPTION_TLS, OPTION_ZERO_COPY, NULL, "TLS makes copies" },
	{ OPTION_TLS, OPTION_FD, NULL, "TLS begins with the connect" },
	{ OPTION_PROBE, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_CHART, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_ZERO, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_PROXY, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_PROXY_ADDRESS, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_PASS_FD, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_TLS, OPTION_PASS_FD, NULL,
	    "the parent would have to speak TLS" },
	{ OPTION_ZERO, OPTION_PASS_FD, NULL, NULL },
	{ OPTION_PROBE, OPTION_PASS_FD, NULL, NULL },
	{ OPTION_HEX_DUMP, OPTION_ZERO_COPY, NULL, "a dump makes copies" },
	{ OPTION_PROBE, OPTION_RETRY, NULL, "--probe=COUNT has rounds" },
	{ OPTION_RETRY, OPTION_FD, NULL, NO_CONNECT },
	{ OPTION_PROXY, OPTION_PROXY_ADDRESS, NULL, "both name a proxy" },
	{ OPTION_PROXY_AUTH_FILE, OPTION_PROXY_USER, NULL, "both name a user" },
	{ OPTION_PROXY, OPTION_PROBE, NULL, "probe the proxy by its name" },
	{ OPTION_PROXY_ADDRESS, OPTION_PROBE, NULL,
	    "probe the proxy by its name" },
};

/* Options that need another one. */
static const struct need {
	enum option_id option;
	const char *value; /* NULL: with any */
	enum option_id needed;
} needs[] = {
	{ OPTION_SUCCESS, "tls", OPTION_TLS },
	{ OPTION_SERVER_NAME, NULL, OPTION_TLS },
	{ OPTION_INSECURE, NULL, OPTION_TLS },
	{ OPTION_CA_FILE, NULL, OPTION_TLS },
	{ OPTION_CA_PATH, NULL, OPTION_TLS },
	{ OPTION_CERT, NULL, OPTION_TLS },
	{ OPTION_KEY, NULL, OPTION_TLS },
	{ OPTION_ALPN, NULL, OPTION_TLS },
	{ OPTION_TLS_MIN, NULL, OPTION_TLS },
	{ OPTION_TLS_HANDSHAKE_TIMEOUT, NULL, OPTION_TLS },
	{ OPTION_TLS_SHUTDOWN_TIMEOUT, NULL, OPTION_TLS },
	{ OPTION_NO_TLS_PADDING, NULL, OPTION_TLS },
	{ OPTION_KEY, NULL, OPTION_CERT },
	{ OPTION_RETRY_DELAY, NULL, OPTION_RETRY },
	{ OPTION_PROXY_PROTOCOL, NULL, OPTION_PROXY_ADDRESS },
	{ OPTION_PROXY_USER, NULL, OPTION_PROXY_ADDRESS },
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

/*
 * Refuses the first option from `first` to `last` that was given, where
 * `other` was.
 */
static enum options_result
check_range(const struct parse *parse, enum option_id first,
    enum option_id last, enum option_id other, const char *reason)
{
	char a[SPELLING_MAX], b[SPELLING_MAX];

	for (enum option_id id = first; id <= last; id++)
		if (is_given(parse, id, NULL) && is_given(parse, other, NULL))
			return (parse_fail(parse,
			    "%s and %s exclude each other: %s",
			    option_spelling(a, parse, id),
			    option_spelling(b, parse, other), reason));
	return (OPTIONS_RUN);
}

/*
 * Refuses what is about connecting with --fd, reports to the connection itself,
 * and what is about relaying with -F: the table has each of these together.
 */
static enum options_result
check_descriptors(const struct parse *parse)
{
	const struct options *options = parse->options;
	enum options_result result = check_range(
	    parse, 0, OPTION_ZERO - 1, OPTION_FD, NO_CONNECT);

	if (result == OPTIONS_RUN && options->fd != -1 &&
	    options->fd == options->report_fd)
		return (parse_fail(parse,
		    "--report-fd %d: the peer would receive the reports, as"
		    " --fd %d is the connection",
		    options->fd, options->fd));
	if (result == OPTIONS_RUN)
		result = check_range(parse, OPTION_QUIT_AFTER, OPTION_NO_SPLICE,
		    OPTION_PASS_FD, "nothing is relayed");
	return (result);
}

/*
 * Returns whether the option that `need` names is there. An https proxy is
 * spoken to by TLS, as --tls speaks it; that of the environment may be one.
 */
static bool
has_needed(const struct parse *parse, const struct need *need)
{
	enum options_proxy_scheme scheme = parse->options->proxy.scheme;

	if (is_given(parse, need->needed, NULL))
		return (true);
	return (need->needed == OPTION_TLS &&
	    (scheme == OPTIONS_PROXY_HTTPS ||
		(scheme == OPTIONS_PROXY_ENV &&
		    need->option != OPTION_SUCCESS)));
}

/* Refuses the first option without the one that it needs. */
static enum options_result
check_needs(const struct parse *parse)
{
	char text[SPELLING_MAX];

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const struct need *need = &needs[i];
		const struct option_spec *needed = &option_table[need->needed];

		if (!is_given(parse, need->option, need->value) ||
		    has_needed(parse, need))
			continue;
		conflict_side(text, parse, need->option, need->value);
		if (needed->letter == '\0')
			return (parse_fail(
			    parse, "%s needs --%s", text, needed->name));
		return (parse_fail(parse, "%s needs -%c, --%s", text,
		    needed->letter, needed->name));
	}
	return (OPTIONS_RUN);
}

bool
has_family(int family, const struct address *addresses, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (address_family(&addresses[i]) == family)
			return (true);
	}
	return (count == 0);
}

/* The error line for the option `id`, whose addresses are of the other family.
 */
static enum options_result
fail_family(const struct parse *parse, enum option_id id)
{
	char only[SPELLING_MAX], spelling[SPELLING_MAX], quoted[TEXT_QUOTE_MAX];
	int family = parse->options->family;

	return (parse_fail(parse, "%s and %s %s: no %s address",
	    option_spelling(
		only, parse, family == AF_INET ? OPTION_IPV4 : OPTION_IPV6),
	    option_spelling(spelling, parse, id),
	    text_quote(quoted, parse->given[id].argument),
	    address_family_name(family)));
}

/* Checks that -4 or -6 leaves something to connect to, and from. */
static enum options_result
check_family(const struct parse *parse)
{
	const struct options *options = parse->options;
	int family = options->family;

	if (family == AF_UNSPEC)
		return (OPTIONS_RUN);
	if (!has_family(family, options->sources, options->source_count))
		return (fail_family(parse, OPTION_SOURCE));
	if (!has_family(family, options->addresses, options->address_count))
		return (fail_family(parse, OPTION_ADDRESS));
	return (OPTIONS_RUN);
}

/* Refuses --json=- where standard output has the data of the connection. */
static enum options_result
check_json(const struct parse *parse)
{
	const struct options *options = parse->options;

	if (options->json_file == NULL ||
	    strcmp(options->json_file, "-") != 0 || options->zero_io ||
	    options->probe > 0 || options->send_only)
		return (OPTIONS_RUN);
	return (parse_fail(parse,
	    "--json=-: standard output has the data; it is free with -z,"
	    " --probe and --send-only, else write --json=FILE"));
}

/*
 * Refuses what would spoil the dump: a report in the place of its file, or a
 * line that is drawn again and again among those of the dump.
 */
static enum options_result
check_hex_dump(const struct parse *parse)
{
	const struct options *options = parse->options;
	char quoted[TEXT_QUOTE_MAX];

	if (options->hex_dump_file != NULL && options->json_file != NULL &&
	    strcmp(options->hex_dump_file, options->json_file) == 0)
		return (
		    parse_fail(parse, "--hex-dump and --json: both write to %s",
			text_value(quoted, options->json_file)));
	if (!options->hex_dump || options->hex_dump_file != NULL ||
	    options->progress == 0)
		return (OPTIONS_RUN);
	return (parse_fail(parse,
	    "--hex-dump and --progress: both write to standard error; write"
	    " --hex-dump=FILE"));
}

enum options_result
conflicts_check(const struct parse *parse)
{
	enum options_result result = check_pairs(parse);

	if (result == OPTIONS_RUN)
		result = check_descriptors(parse);
	if (result == OPTIONS_RUN)
		result = check_needs(parse);
	if (result == OPTIONS_RUN)
		result = check_family(parse);
	if (result == OPTIONS_RUN)
		result = check_json(parse);
	if (result == OPTIONS_RUN)
		result = check_hex_dump(parse);
	return (result);
}
