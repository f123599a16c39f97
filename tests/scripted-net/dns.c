/* SPDX-License-Identifier: ISC */
/*
 * DNS messages (RFC 1035, 6891), as far as a stub resolver sends and reads
 * them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "dns.h"

#define HEADER_SIZE    12
#define FLAG_RESPONSE  0x80
#define FLAG_TRUNCATED 0x02
#define FLAG_RECURSION 0x01 /* desired, in the first byte of the flags */
#define FLAG_AVAILABLE 0x80 /* recursion available, in the second */
#define CLASS_IN       1
#define TYPE_CNAME     5
#define RECORD_FIXED   10
#define TTL            60
#define POINTER        0xc000
#define ALIAS_MAX      8
#define OPT_SIZE       11

static const struct {
	const char *name;
	uint16_t type;
} types[] = {
	{ "A", DNS_TYPE_A },
	{ "AAAA", DNS_TYPE_AAAA },
	{ "PTR", 12 },
	{ "MX", 15 },
	{ "TXT", 16 },
	{ "SRV", 33 },
	{ "SVCB", 64 },
	{ "HTTPS", 65 },
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

/* The response codes, in the lower bits of the flags and in the log. */
static const struct {
	uint8_t code;
	const char *summary;
} results[] = {
	[NAME_ADDRESSES] = { 0, "" },
	[NAME_NODATA] = { 0, "nodata" },
	[NAME_NXDOMAIN] = { 3, "nxdomain" },
	[NAME_SERVFAIL] = { 2, "servfail" },
	[NAME_REFUSED] = { 5, "refused" },
	[NAME_SILENT] = { 0, "silent" },
	[NAME_ALIAS] = { 0, "" },
};

uint16_t
dns_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < TYPE_COUNT; i++)
		if (strcmp(types[i].name, name) == 0)
			return (types[i].type);
	return (0);
}

const char *
dns_type_name(uint16_t type)
{
	size_t i;

	for (i = 0; i < TYPE_COUNT; i++)
		if (types[i].type == type)
			return (types[i].name);
	return ("?");
}

const char *
dns_type_text(uint16_t type, char *text)
{
	const char *name = dns_type_name(type);

	if (name[0] == '?')
		snprintf(text, DNS_TYPE_TEXT_MAX, "TYPE%u", type);
	else
		snprintf(text, DNS_TYPE_TEXT_MAX, "%s", name);
	return (text);
}

static uint16_t
get16(const uint8_t *bytes)
{
	return ((uint16_t)(bytes[0] << 8 | bytes[1]));
}

static void
put16(uint8_t *bytes, size_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

/* Reads the name of the question; returns its length on the wire, or 0. */
static size_t
read_name(char *name, const uint8_t *bytes, size_t length)
{
	size_t used = 0, at = 0, i;

	while (at < length && bytes[at] != 0) {
		if (bytes[at] > 63 || at + 1 + bytes[at] >= length ||
		    used + bytes[at] + 2 > NAME_TEXT_MAX)
			return (0);
		if (used > 0)
			name[used++] = '.';
		for (i = 1; i <= bytes[at]; i++)
			name[used++] = (char)(isgraph(bytes[at + i])
				? tolower(bytes[at + i])
				: '?');
		at += 1 + (size_t)bytes[at];
	}
	name[used] = '\0';
	return (at < length ? at + 1 : 0);
}

/* Looks for the OPT record, which comes first where stub resolvers send it. */
static void
read_edns(struct dns_query *query, const uint8_t *bytes, size_t length)
{
	size_t size;

	if (length < OPT_SIZE || bytes[0] != 0 ||
	    get16(bytes + 1) != DNS_TYPE_OPT)
		return;
	query->edns = true;
	size = get16(bytes + 3);
	if (size > DNS_UDP_MAXIMUM)
		size = DNS_UDP_MAXIMUM;
	if (size > DNS_UDP_MINIMUM)
		query->udp_size = size;
}

bool
dns_query_parse(struct dns_query *query, const uint8_t *message, size_t length)
{
	size_t name;

	memset(query, 0, sizeof(*query));
	if (length < HEADER_SIZE || (message[2] & FLAG_RESPONSE) != 0 ||
	    get16(message + 4) != 1)
		return (false);
	memcpy(query->header, message, HEADER_SIZE);
	message += HEADER_SIZE;
	length -= HEADER_SIZE;
	name = read_name(query->name, message, length);
	if (name == 0 || name + 4 > length || name > NAME_TEXT_MAX)
		return (false);
	query->type = get16(message + name);
	query->question_length = name + 4;
	memcpy(query->question, message, query->question_length);
	query->udp_size = DNS_UDP_MINIMUM;
	if (get16(query->header + 10) > 0)
		read_edns(query, message + name + 4, length - name - 4);
	return (true);
}

/* Writes the header, the question and nothing else. */
static void
start_answer(struct dns_answer *answer, const struct dns_query *query)
{
	uint8_t *message = answer->message;

	memset(message, 0, HEADER_SIZE);
	memcpy(message, query->header, 2);
	message[2] = (uint8_t)(FLAG_RESPONSE |
	    (query->header[2] & FLAG_RECURSION));
	message[3] = FLAG_AVAILABLE;
	put16(message + 4, 1);
	memcpy(message + HEADER_SIZE, query->question, query->question_length);
	answer->length = HEADER_SIZE + query->question_length;
}

/* Starts a record of the name that stands at `owner` in the message. */
static uint8_t *
add_record(struct dns_answer *answer, size_t owner, uint16_t type, size_t size)
{
	uint8_t *record = answer->message + answer->length;

	put16(record, POINTER | owner);
	put16(record + 2, type);
	put16(record + 4, CLASS_IN);
	put16(record + 6, 0);
	put16(record + 8, TTL);
	put16(record + 10, size);
	answer->length += 2 + RECORD_FIXED + size;
	put16(answer->message + 6, get16(answer->message + 6) + 1u);
	return (record + 2 + RECORD_FIXED);
}

/* Writes a name label by label; returns its length on the wire. */
static size_t
write_name(uint8_t *bytes, const char *name)
{
	size_t label, at = 0;

	while (name[0] != '\0') {
		label = strcspn(name, ".");
		bytes[at++] = (uint8_t)label;
		memcpy(bytes + at, name, label);
		at += label;
		name += label + (name[label] == '.');
	}
	bytes[at++] = 0;
	return (at);
}

/* Adds a CNAME; returns where the name it points to stands. */
static size_t
add_alias(struct dns_answer *answer, size_t owner, const char *target)
{
	uint8_t encoded[NAME_TEXT_MAX + 2];
	size_t size = write_name(encoded, target);
	uint8_t *data = add_record(answer, owner, TYPE_CNAME, size);

	memcpy(data, encoded, size);
	return ((size_t)(data - answer->message));
}

static void
add_addresses(struct dns_answer *answer, size_t owner,
    const struct dns_query *query, const struct name_rule *rule)
{
	size_t i, size;

	for (i = 0; i < rule->address_count; i++) {
		size = ip_size(&rule->addresses[i]);
		memcpy(add_record(answer, owner, query->type, size),
		    rule->addresses[i].bytes, size);
	}
	snprintf(answer->summary, sizeof(answer->summary), "%zu record%s",
	    rule->address_count, rule->address_count == 1 ? "" : "s");
}

static void
set_result(struct dns_answer *answer, enum name_outcome outcome)
{
	answer->message[3] |= results[outcome].code;
	answer->silent = outcome == NAME_SILENT;
	snprintf(answer->summary, sizeof(answer->summary), "%s",
	    results[outcome].summary);
}

/* Adds the answer of the scenario for one name; returns the line of it. */
static struct name_rule *
resolve(struct scenario *scenario, const struct dns_query *query,
    const char *name, size_t owner, struct dns_answer *answer)
{
	bool known;
	struct name_rule *rule = scenario_name(
	    scenario, name, query->type, &known);

	if (rule == NULL) {
		set_result(answer, known ? NAME_NODATA : NAME_NXDOMAIN);
		return (NULL);
	}
	answer->delay += rule->delay;
	set_result(answer, rule->outcome);
	if (rule->drop_queries > 0) {
		rule->drop_queries--;
		answer->silent = true;
	}
	if (rule->outcome == NAME_ADDRESSES)
		add_addresses(answer, owner, query, rule);
	return (rule);
}

/* Replaces the records by the bit that sends the resolver to TCP. */
static void
truncate_answer(struct dns_answer *answer, const struct dns_query *query)
{
	answer->length = HEADER_SIZE + query->question_length;
	answer->message[2] |= FLAG_TRUNCATED;
	put16(answer->message + 6, 0);
	snprintf(answer->summary, sizeof(answer->summary), "truncated");
}

/* Whoever asks with EDNS is answered with it. */
static void
add_edns(struct dns_answer *answer)
{
	uint8_t *record = answer->message + answer->length;

	memset(record, 0, OPT_SIZE);
	put16(record + 1, DNS_TYPE_OPT);
	put16(record + 3, DNS_UDP_MAXIMUM);
	put16(answer->message + 10, 1);
	answer->length += OPT_SIZE;
}

void
dns_respond(struct scenario *scenario, const struct dns_query *query,
    size_t limit, struct dns_answer *answer)
{
	size_t owner = HEADER_SIZE, reserve = query->edns ? OPT_SIZE : 0;
	const char *name = query->name;
	bool truncated = false;
	struct name_rule *rule;
	int aliases = 0;

	memset(answer, 0, offsetof(struct dns_answer, message));
	start_answer(answer, query);
	while ((rule = resolve(scenario, query, name, owner, answer)) != NULL &&
	    rule->outcome == NAME_ALIAS && aliases++ < ALIAS_MAX) {
		owner = add_alias(answer, owner, rule->target);
		name = rule->target;
		truncated = truncated || rule->truncated;
	}
	if (rule != NULL && rule->outcome == NAME_ALIAS)
		set_result(answer, NAME_SERVFAIL);
	truncated = truncated || (rule != NULL && rule->truncated);
	if (answer->length + reserve > limit ||
	    (truncated && limit < DNS_MESSAGE_MAX))
		truncate_answer(answer, query);
	if (query->edns)
		add_edns(answer);
}
