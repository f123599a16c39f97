/* SPDX-License-Identifier: ISC */
/*
 * Reads scenarios and finds the lines about a host or a name.
 */
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "memory.h"
#include "scenario.h"
#include "sentence.h"

static bool parse_no_ipv4(struct scenario *scenario, struct words *words);
static bool parse_no_ipv6(struct scenario *scenario, struct words *words);
static bool parse_no_default_route(
    struct scenario *scenario, struct words *words);
static bool parse_address(struct scenario *scenario, struct words *words);
static bool parse_local(struct scenario *scenario, struct words *words);
static bool parse_route(struct scenario *scenario, struct words *words);
static bool parse_nameserver(struct scenario *scenario, struct words *words);
static bool parse_hostname(struct scenario *scenario, struct words *words);
static bool parse_hosts(struct scenario *scenario, struct words *words);
static bool parse_resolv(struct scenario *scenario, struct words *words);
static bool parse_gai(struct scenario *scenario, struct words *words);
static bool parse_nsswitch(struct scenario *scenario, struct words *words);

static const struct {
	const char *verb;
	bool (*parse)(struct scenario *scenario, struct words *words);
} verbs[] = {
	{ "host", sentence_host },
	{ "name", sentence_name },
	{ "no-ipv4", parse_no_ipv4 },
	{ "no-ipv6", parse_no_ipv6 },
	{ "no-default-route", parse_no_default_route },
	{ "address", parse_address },
	{ "local", parse_local },
	{ "route", parse_route },
	{ "nameserver", parse_nameserver },
	{ "hostname", parse_hostname },
	{ "hosts", parse_hosts },
	{ "resolv", parse_resolv },
	{ "gai", parse_gai },
	{ "nsswitch", parse_nsswitch },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const struct {
	const char *name;
	int type;
} route_types[] = {
	{ "unreachable", RTN_UNREACHABLE },
	{ "prohibit", RTN_PROHIBIT },
	{ "blackhole", RTN_BLACKHOLE },
};

#define ROUTE_TYPES (sizeof(route_types) / sizeof(route_types[0]))

static const struct behaviour black_hole = { .answer = HOST_DROP };

/* Appends a word and what parts it from the next one. */
static void
text_append(struct text *text, const char *word, size_t length, char end)
{
	char *grown = memory_new(text->length + length + 2, 1);

	if (text->length > 0)
		memcpy(grown, text->bytes, text->length);
	memcpy(grown + text->length, word, length);
	grown[text->length + length] = end;
	text->length += length + 1;
	free(text->bytes);
	text->bytes = grown;
}

static bool
parse_no_ipv4(struct scenario *scenario, struct words *words)
{
	(void)words;
	scenario->no_ipv4 = true;
	return (true);
}

static bool
parse_no_ipv6(struct scenario *scenario, struct words *words)
{
	(void)words;
	scenario->no_ipv6 = true;
	return (true);
}

static bool
parse_no_default_route(struct scenario *scenario, struct words *words)
{
	if (words_take_if(words, "ipv4"))
		scenario->no_default_route4 = true;
	else if (words_take_if(words, "ipv6"))
		scenario->no_default_route6 = true;
	else
		return (words_fail(words, "missing ipv4 or ipv6"));
	return (true);
}

static bool
take_prefix(struct words *words, struct ip_prefix *prefix)
{
	const char *text = words_take(words, "prefix");

	if (text == NULL)
		return (false);
	if (!ip_prefix_parse(prefix, text))
		return (
		    words_fail(words, "%s: not an address or prefix", text));
	return (true);
}

static struct machine_address *
add_address(struct scenario *scenario, const struct ip_prefix *prefix)
{
	struct machine_address *address;

	scenario->addresses = memory_grow(
	    scenario->addresses, scenario->address_count, sizeof(*address));
	address = &scenario->addresses[scenario->address_count++];
	*address = (struct machine_address){ .prefix = *prefix };
	return (address);
}

static bool
parse_address(struct scenario *scenario, struct words *words)
{
	struct machine_address *address;
	struct ip_prefix prefix;

	if (!take_prefix(words, &prefix))
		return (false);
	address = add_address(scenario, &prefix);
	if (words_take_if(words, "deprecated"))
		address->deprecated = true;
	else if (words_take_if(words, "temporary"))
		address->temporary = true;
	if (address->temporary &&
	    (prefix.address.family != AF_INET6 || prefix.length != 64))
		return (
		    words_fail(words, "only an IPv6 /64 has temporary ones"));
	return (true);
}

static bool
parse_local(struct scenario *scenario, struct words *words)
{
	struct ip ip;

	do {
		if (!sentence_take_ip(words, &ip))
			return (false);
		scenario->locals = memory_grow(
		    scenario->locals, scenario->local_count, sizeof(ip));
		scenario->locals[scenario->local_count++] = ip;
	} while (words_peek(words) != NULL);
	return (true);
}

static bool
parse_route(struct scenario *scenario, struct words *words)
{
	struct machine_route *route;
	size_t i = 0;

	while (i < ROUTE_TYPES && !words_take_if(words, route_types[i].name))
		i++;
	if (i == ROUTE_TYPES)
		return (words_fail(
		    words, "missing unreachable, prohibit or blackhole"));
	scenario->routes = memory_grow(
	    scenario->routes, scenario->route_count, sizeof(*route));
	route = &scenario->routes[scenario->route_count++];
	route->type = route_types[i].type;
	return (take_prefix(words, &route->prefix));
}

static void
add_nameserver(struct scenario *scenario, const struct ip *ip)
{
	struct name_server_address *address;

	scenario->nameservers = memory_grow(scenario->nameservers,
	    scenario->nameserver_count, sizeof(*address));
	address = &scenario->nameservers[scenario->nameserver_count++];
	address->ip = *ip;
	address->silent = false;
}

static bool
parse_nameserver(struct scenario *scenario, struct words *words)
{
	size_t i, first = scenario->nameserver_count;
	bool silent;
	struct ip ip;

	do {
		if (!sentence_take_ip(words, &ip))
			return (false);
		add_nameserver(scenario, &ip);
	} while (sentence_is_address(words_peek(words)));
	silent = words_take_if(words, "silent");
	for (i = first; i < scenario->nameserver_count; i++)
		scenario->nameservers[i].silent = silent;
	return (true);
}

/* The kernel keeps a shorter name than DNS has. */
static bool
parse_hostname(struct scenario *scenario, struct words *words)
{
	const char *name = words_take(words, "name");

	if (name == NULL)
		return (false);
	if (strlen(name) > HOST_NAME_MAX)
		return (words_fail(words, "%.40s...: name too long", name));
	snprintf(scenario->hostname, sizeof(scenario->hostname), "%s", name);
	return (true);
}

static bool
parse_hosts(struct scenario *scenario, struct words *words)
{
	struct text *lines = &scenario->hosts_lines;
	const char *word = words_peek(words);
	struct ip ip;

	if (!sentence_take_ip(words, &ip))
		return (false);
	text_append(lines, word, strlen(word), ' ');
	do {
		word = words_take(words, "name");
		if (word == NULL)
			return (false);
		text_append(lines, word, strlen(word),
		    words_peek(words) == NULL ? '\n' : ' ');
	} while (words_peek(words) != NULL);
	return (true);
}

static bool
parse_quoted_line(struct words *words, struct text *lines)
{
	const struct word *word = words_take_quoted(words, "line");

	if (word == NULL)
		return (false);
	text_append(lines, word->text, word->length, '\n');
	return (true);
}

static bool
parse_resolv(struct scenario *scenario, struct words *words)
{
	return (parse_quoted_line(words, &scenario->resolv_lines));
}

static bool
parse_gai(struct scenario *scenario, struct words *words)
{
	return (parse_quoted_line(words, &scenario->gai_lines));
}

static bool
parse_nsswitch(struct scenario *scenario, struct words *words)
{
	return (parse_quoted_line(words, &scenario->nsswitch_lines));
}

/* Parses one sentence to its last word. */
static bool
parse_sentence(struct scenario *scenario, struct words *words)
{
	size_t i = 0;

	while (i < VERB_COUNT && !words_take_if(words, verbs[i].verb))
		i++;
	if (i == VERB_COUNT)
		return (
		    words_fail(words, "%s: unknown word", words_peek(words)));
	if (!verbs[i].parse(scenario, words))
		return (false);
	if (words_peek(words) != NULL)
		return (words_fail(
		    words, "%s: nothing may follow here", words_peek(words)));
	return (true);
}

void
scenario_init(struct scenario *scenario)
{
	memset(scenario, 0, sizeof(*scenario));
}

bool
scenario_parse(struct scenario *scenario, const char *text, const char *source,
    char *error, size_t size)
{
	struct words words = { .line = 0 };
	bool good = true;

	while (good && words_read(&words, &text)) {
		good = parse_sentence(scenario, &words);
		words_release(&words);
	}
	words_release(&words);
	if (words.error[0] == '\0')
		return (true);
	snprintf(
	    error, size, "%s: line %u: %s", source, words.line, words.error);
	return (false);
}

static void
release_behaviour(struct behaviour *behaviour)
{
	unsigned i;

	for (i = 0; i < behaviour->step_count; i++)
		free(behaviour->steps[i].text);
	free(behaviour);
}

void
scenario_release(struct scenario *scenario)
{
	size_t i;

	for (i = 0; i < scenario->behaviour_count; i++)
		release_behaviour(scenario->behaviours[i]);
	for (i = 0; i < scenario->name_count; i++)
		free(scenario->names[i].addresses);
	free(scenario->behaviours);
	free(scenario->hosts);
	free(scenario->names);
	free(scenario->addresses);
	free(scenario->routes);
	free(scenario->locals);
	free(scenario->nameservers);
	free(scenario->hosts_lines.bytes);
	free(scenario->resolv_lines.bytes);
	free(scenario->gai_lines.bytes);
	free(scenario->nsswitch_lines.bytes);
}

bool
scenario_has_family(const struct scenario *scenario, int family)
{
	return (family == AF_INET ? !scenario->no_ipv4 : !scenario->no_ipv6);
}

bool
scenario_has_default_route(const struct scenario *scenario, int family)
{
	return (scenario_has_family(scenario, family) &&
	    !(family == AF_INET ? scenario->no_default_route4
				: scenario->no_default_route6));
}

/* Adds the default address of a family that was given none. */
static void
complete_family(struct scenario *scenario, int family, const char *text)
{
	struct ip_prefix prefix;
	size_t i;

	for (i = 0; i < scenario->address_count; i++)
		if (scenario->addresses[i].prefix.address.family == family)
			return;
	ip_prefix_parse(&prefix, text);
	if (scenario_has_family(scenario, family))
		add_address(scenario, &prefix);
}

void
scenario_complete(struct scenario *scenario)
{
	struct ip ip;

	complete_family(scenario, AF_INET, DEFAULT_ADDRESS4);
	complete_family(scenario, AF_INET6, DEFAULT_ADDRESS6);
	if (scenario->nameserver_count > 0)
		return;
	ip_parse(
	    &ip, scenario->no_ipv4 ? DEFAULT_NAMESERVER6 : DEFAULT_NAMESERVER4);
	add_nameserver(scenario, &ip);
}

/* Tells whether rule `a`, the later one, is as specific as `b` or more. */
static bool
more_specific(const struct host_rule *a, const struct host_rule *b)
{
	if (b == NULL || a->target.length != b->target.length)
		return (b == NULL || a->target.length > b->target.length);
	return (a->port != 0 || b->port == 0);
}

static const struct host_rule *
find_host(const struct scenario *scenario, const struct ip *host, uint16_t port,
    bool any_port)
{
	const struct host_rule *best = NULL, *rule;
	size_t i;

	for (i = 0; i < scenario->host_count; i++) {
		rule = &scenario->hosts[i];
		if (rule->from > scenario->now)
			continue;
		if (rule->port != port && (rule->port != 0 || !any_port))
			continue;
		if (ip_in_prefix(host, &rule->target) &&
		    more_specific(rule, best))
			best = rule;
	}
	return (best);
}

const struct behaviour *
scenario_host(
    const struct scenario *scenario, const struct ip *host, uint16_t port)
{
	const struct host_rule *rule = find_host(scenario, host, port, true);

	return (rule == NULL ? &black_hole : rule->behaviour);
}

const struct behaviour *
scenario_host_port(
    const struct scenario *scenario, const struct ip *host, uint16_t port)
{
	const struct host_rule *rule = find_host(scenario, host, port, false);

	return (rule == NULL ? NULL : rule->behaviour);
}

/* A line for just this type goes before one for all, a later line first. */
struct name_rule *
scenario_name(
    struct scenario *scenario, const char *name, uint16_t type, bool *known)
{
	struct name_rule *best = NULL, *rule;
	size_t i;

	*known = false;
	for (i = 0; i < scenario->name_count; i++) {
		rule = &scenario->names[i];
		if (rule->from > scenario->now ||
		    strcasecmp(rule->name, name) != 0)
			continue;
		*known = true;
		if (rule->type == type ||
		    (rule->type == 0 && (best == NULL || best->type == 0)))
			best = rule;
	}
	return (best);
}
