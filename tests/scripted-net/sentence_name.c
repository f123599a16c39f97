/* SPDX-License-Identifier: ISC */
/*
 * Parses the sentences about the addresses of a name.
 */
#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

#include "dns.h"
#include "memory.h"
#include "sentence.h"

#define COUNT_MAX 1000000000
#define LABEL_MAX 63

static const struct {
	const char *word;
	enum name_outcome outcome;
} outcomes[] = {
	{ "nodata", NAME_NODATA },
	{ "nxdomain", NAME_NXDOMAIN },
	{ "servfail", NAME_SERVFAIL },
	{ "refused", NAME_REFUSED },
	{ "silent", NAME_SILENT },
	{ "cname", NAME_ALIAS },
};

#define OUTCOME_COUNT (sizeof(outcomes) / sizeof(outcomes[0]))

/* Tells whether the labels of a name are as long as DNS has them. */
static bool
valid_name(const char *name)
{
	size_t label = 0, length = strlen(name);
	size_t i;

	if (length == 0 || length > 253)
		return (false);
	for (i = 0; i <= length; i++) {
		if (name[i] == '.' || name[i] == '\0') {
			if (label == 0 || label > LABEL_MAX)
				return (false);
			label = 0;
		} else {
			label++;
		}
	}
	return (true);
}

/* Takes a host name; it is kept in lower case, without a dot at its end. */
static bool
take_name(struct words *words, char *name)
{
	const char *text = words_take(words, "name");
	size_t i, length;

	if (text == NULL)
		return (false);
	length = strlen(text);
	if (length > 0 && text[length - 1] == '.')
		length--;
	if (length >= NAME_TEXT_MAX)
		return (words_fail(words, "%.40s...: name too long", text));
	for (i = 0; i < length; i++)
		name[i] = (char)tolower((unsigned char)text[i]);
	name[length] = '\0';
	if (!valid_name(name))
		return (words_fail(words, "%s: not a host name", text));
	return (true);
}

/* Adds an address to the answer, if it is one of the type asked for. */
static bool
add_address(
    struct words *words, struct name_rule *rule, const struct ip *address)
{
	uint16_t type = address->family == AF_INET ? DNS_TYPE_A : DNS_TYPE_AAAA;
	char text[IP_TEXT_MAX];

	if (rule->type != type)
		return (words_fail(words, "%s: not an address of type %s",
		    ip_format(address, text), dns_type_name(rule->type)));
	if (rule->address_count == RECORDS_MAX)
		return (words_fail(words, "more than %d records", RECORDS_MAX));
	rule->addresses = memory_grow(
	    rule->addresses, rule->address_count, sizeof(*rule->addresses));
	rule->addresses[rule->address_count++] = *address;
	return (true);
}

/* Takes "N records from ADDRESS". */
static bool
parse_records(struct words *words, struct name_rule *rule)
{
	struct ip address;
	unsigned count;

	if (!words_take_number(words, "number of records", RECORDS_MAX, &count))
		return (false);
	if (!words_take_if(words, "records") || !words_take_if(words, "from"))
		return (words_fail(
		    words, "a number needs \"records from ADDRESS\" after it"));
	if (!sentence_take_ip(words, &address))
		return (false);
	while (count-- > 0) {
		if (!add_address(words, rule, &address))
			return (false);
		ip_increment(&address);
	}
	return (true);
}

static bool
parse_addresses(struct words *words, struct name_rule *rule)
{
	struct ip address;

	while (sentence_is_address(words_peek(words))) {
		if (!sentence_take_ip(words, &address) ||
		    !add_address(words, rule, &address))
			return (false);
	}
	return (true);
}

/* Tells whether "N records" follows. */
static bool
records_next(const struct words *words)
{
	return (words->next + 1 < words->count &&
	    strcmp(words->word[words->next + 1].text, "records") == 0);
}

/* Takes what the name server answers. */
static bool
parse_outcome(struct words *words, struct name_rule *rule)
{
	size_t i = 0;

	while (i < OUTCOME_COUNT && !words_take_if(words, outcomes[i].word))
		i++;
	if (i < OUTCOME_COUNT) {
		rule->outcome = outcomes[i].outcome;
		return (rule->outcome != NAME_ALIAS ||
		    take_name(words, rule->target));
	}
	if (words_peek(words) == NULL)
		return (words_fail(words, "missing addresses or outcome"));
	if (!records_next(words) && !sentence_is_address(words_peek(words)))
		return (
		    words_fail(words, "%s: neither an address nor an outcome",
			words_peek(words)));
	if (rule->type == 0)
		return (words_fail(
		    words, "addresses need the type A or AAAA before them"));
	if (records_next(words))
		return (parse_records(words, rule));
	return (parse_addresses(words, rule));
}

bool
sentence_name(struct scenario *scenario, struct words *words)
{
	struct name_rule *rule;

	scenario->names = memory_grow(
	    scenario->names, scenario->name_count, sizeof(*rule));
	rule = &scenario->names[scenario->name_count++];
	memset(rule, 0, sizeof(*rule));
	if (!take_name(words, rule->name))
		return (false);
	if (words_peek(words) != NULL) {
		rule->type = dns_type_find(words_peek(words));
		words->next += rule->type != 0;
	}
	if (!sentence_take_from(words, &rule->from))
		return (false);
	if (words_take_if(words, "drop-queries") &&
	    !words_take_number(
		words, "number of queries", COUNT_MAX, &rule->drop_queries))
		return (false);
	rule->truncated = words_take_if(words, "truncated");
	return (parse_outcome(words, rule) &&
	    words_take_duration(words, &rule->delay));
}
