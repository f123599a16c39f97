/* SPDX-License-Identifier: ISC */
/*
 * Parses the sentences about the behaviour of a host.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "memory.h"
#include "sentence.h"

#define COUNT_MAX 1000000000
#define PORT_MAX  65535

/* Takes the rest of a step behind its verb. */
typedef bool (*step_parser)(struct words *words, struct step *step);

static bool parse_say(struct words *words, struct step *step);
static bool parse_read(struct words *words, struct step *step);

static const struct {
	const char *verb;
	step_parser parse;
	enum step_kind kind;
	bool delayed;
} steps[] = {
	{ "say", parse_say, STEP_SAY, true },
	{ "read", parse_read, STEP_READ, true },
	{ "close", NULL, STEP_CLOSE, true },
	{ "reset", NULL, STEP_RESET, true },
	{ "echo", NULL, STEP_ECHO, false },
	{ "stay-open", NULL, STEP_STAY_OPEN, false },
};

#define STEP_VERBS (sizeof(steps) / sizeof(steps[0]))

bool
sentence_take_ip(struct words *words, struct ip *ip)
{
	const char *text = words_take(words, "address");

	if (text == NULL)
		return (false);
	if (!ip_parse(ip, text))
		return (words_fail(words, "%s: not an address", text));
	return (true);
}

bool
sentence_take_from(struct words *words, int64_t *from)
{
	*from = 0;
	if (!words_take_if(words, "from"))
		return (true);
	if (!words_duration_next(words))
		return (words_fail(words, "missing duration"));
	return (words_take_duration(words, from));
}

/* "1.5s" is a duration: an address has a colon or more dots than one. */
bool
sentence_is_address(const char *word)
{
	const char *dot;

	if (word == NULL)
		return (false);
	dot = strchr(word, '.');
	return (word[0] == '[' || strchr(word, ':') != NULL ||
	    (isdigit((unsigned char)word[0]) && dot != NULL &&
		strchr(dot + 1, '.') != NULL));
}

static bool
parse_say(struct words *words, struct step *step)
{
	const struct word *text = words_take_quoted(words, "text");

	if (text == NULL)
		return (false);
	step->text = memory_copy(text->text, text->length);
	step->length = text->length;
	return (true);
}

static bool
parse_read(struct words *words, struct step *step)
{
	unsigned count;

	if (!words_take_number(words, "number of bytes", COUNT_MAX, &count))
		return (false);
	step->length = count;
	return (true);
}

/* Takes one step of an accepted connection. */
static bool
parse_step(struct words *words, struct behaviour *behaviour)
{
	struct step *step = &behaviour->steps[behaviour->step_count];
	size_t i = 0;

	while (i < STEP_VERBS && !words_take_if(words, steps[i].verb))
		i++;
	if (i == STEP_VERBS)
		return (words_fail(words,
		    "%s: not a step (say, read, close, reset, echo, "
		    "stay-open)",
		    words_peek(words)));
	if (behaviour->step_count == STEPS_MAX)
		return (words_fail(words, "more than %d steps", STEPS_MAX));
	behaviour->step_count++;
	step->kind = steps[i].kind;
	if (steps[i].parse != NULL && !steps[i].parse(words, step))
		return (false);
	return (!steps[i].delayed || words_take_duration(words, &step->delay));
}

static bool
parse_accept(struct words *words, struct behaviour *behaviour)
{
	if (!words_take_duration(words, &behaviour->delay))
		return (false);
	while (words_peek(words) != NULL)
		if (!parse_step(words, behaviour))
			return (false);
	return (true);
}

static bool
parse_refuse(struct words *words, struct behaviour *behaviour)
{
	return (words_take_duration(words, &behaviour->delay));
}

static bool
parse_drop(struct words *words, struct behaviour *behaviour)
{
	(void)words;
	behaviour->delay = 0;
	return (true);
}

static bool
parse_icmp(struct words *words, struct behaviour *behaviour)
{
	const char *name = words_take(words, "kind of ICMP error");

	if (name == NULL)
		return (false);
	behaviour->icmp = icmp_kind_find(name);
	if (behaviour->icmp == NULL)
		return (
		    words_fail(words, "%s: not a kind of ICMP error", name));
	if (words_take_if(words, "from") &&
	    !sentence_take_ip(words, &behaviour->router))
		return (false);
	return (words_take_duration(words, &behaviour->delay));
}

static const struct {
	const char *verb;
	enum host_answer answer;
	bool (*parse)(struct words *words, struct behaviour *behaviour);
} answers[] = {
	{ "accept", HOST_ACCEPT, parse_accept },
	{ "refuse", HOST_REFUSE, parse_refuse },
	{ "icmp", HOST_ICMP, parse_icmp },
	{ "drop", HOST_DROP, parse_drop },
};

#define ANSWER_VERBS (sizeof(answers) / sizeof(answers[0]))

/* Takes the clauses that follow the targets. */
static bool
parse_behaviour(struct words *words, struct behaviour *behaviour)
{
	size_t i = 0;

	if (words_take_if(words, "drop-syns") &&
	    !words_take_number(
		words, "number of SYNs", COUNT_MAX, &behaviour->drop_syns))
		return (false);
	if (words_take_if(words, "drop-larger") &&
	    !words_take_number(
		words, "number of bytes", COUNT_MAX, &behaviour->drop_larger))
		return (false);
	if (words_peek(words) == NULL)
		return (
		    words_fail(words, "missing accept, refuse, drop or icmp"));
	while (i < ANSWER_VERBS && !words_take_if(words, answers[i].verb))
		i++;
	if (i == ANSWER_VERBS)
		return (words_fail(words,
		    "%s: neither accept, refuse, drop nor icmp",
		    words_peek(words)));
	behaviour->answer = answers[i].answer;
	return (answers[i].parse(words, behaviour));
}

/* Cuts the port off "ADDR4:PORT" or "[ADDR6]:PORT"; false if it is none. */
static bool
split_port(char *text, uint16_t *port)
{
	char *colon = strrchr(text, ':');
	unsigned long value;
	char *end;

	if (text[0] == '[' && strchr(text, ']') != NULL) {
		colon = strchr(text, ']');
		*colon++ = '\0';
		memmove(text, text + 1, strlen(text + 1) + 1);
		if (*colon == '\0')
			return (true);
	} else if (colon == NULL || strchr(text, ':') != colon) {
		return (true);
	}
	if (*colon != ':' || !isdigit((unsigned char)colon[1]))
		return (false);
	value = strtoul(colon + 1, &end, 10);
	*colon = '\0';
	*port = (uint16_t)value;
	return (*end == '\0' && value > 0 && value <= PORT_MAX);
}

/* Takes one target; its behaviour follows later. */
static bool
parse_target(struct scenario *scenario, struct words *words)
{
	const char *word = words_take(words, "address");
	struct host_rule *rule;
	char text[2 * IP_TEXT_MAX];

	if (word == NULL)
		return (false);
	scenario->hosts = memory_grow(
	    scenario->hosts, scenario->host_count, sizeof(*rule));
	rule = &scenario->hosts[scenario->host_count++];
	memset(rule, 0, sizeof(*rule));
	if (strlen(word) >= sizeof(text))
		return (words_fail(words, "%.40s...: not an address", word));
	snprintf(text, sizeof(text), "%s", word);
	if (!split_port(text, &rule->port) ||
	    !ip_prefix_parse(&rule->target, text))
		return (
		    words_fail(words, "%s: not an address or prefix", word));
	return (true);
}

/* Checks that the ICMP error and its router are of the target's family. */
static bool
check_family(struct words *words, const struct behaviour *behaviour,
    const struct ip *target)
{
	const char *version = target->family == AF_INET ? "IPv4" : "IPv6";

	if (behaviour->answer != HOST_ICMP)
		return (true);
	if (!icmp_kind_exists(behaviour->icmp, target->family))
		return (words_fail(words, "%s does not exist in %s",
		    behaviour->icmp->name, version));
	if (behaviour->router.family != 0 &&
	    behaviour->router.family != target->family)
		return (words_fail(
		    words, "the router is not an %s address", version));
	return (true);
}

static struct behaviour *
new_behaviour(struct scenario *scenario)
{
	size_t count = scenario->behaviour_count++;

	scenario->behaviours = memory_grow(
	    scenario->behaviours, count, sizeof(*scenario->behaviours));
	scenario->behaviours[count] = memory_new(1, sizeof(struct behaviour));
	return (scenario->behaviours[count]);
}

static bool
take_port(struct words *words, unsigned *port)
{
	if (!words_take_number(words, "port", PORT_MAX, port))
		return (false);
	return (*port > 0 || words_fail(words, "0: not a port"));
}

bool
sentence_host(struct scenario *scenario, struct words *words)
{
	struct behaviour *behaviour = new_behaviour(scenario);
	size_t i, first = scenario->host_count;
	unsigned port = 0;
	int64_t from;

	do {
		if (!parse_target(scenario, words))
			return (false);
	} while (sentence_is_address(words_peek(words)));
	if (words_take_if(words, "port") && !take_port(words, &port))
		return (false);
	if (!sentence_take_from(words, &from) ||
	    !parse_behaviour(words, behaviour))
		return (false);
	for (i = first; i < scenario->host_count; i++) {
		scenario->hosts[i].behaviour = behaviour;
		scenario->hosts[i].from = from;
		if (port != 0)
			scenario->hosts[i].port = (uint16_t)port;
		if (!check_family(
			words, behaviour, &scenario->hosts[i].target.address))
			return (false);
	}
	return (true);
}
