/* SPDX-License-Identifier: ISC */
/*
 * The RFC 6724 policy table: the defaults, the gai.conf that replaces them, and
 * the longest-prefix lookup. IPv4 rows are kept as IPv4-mapped prefixes, so
 * that one lookup serves both families and all three lists.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "policy_table.h"

/* The values of an address that is in no row of a gai.conf. */
#define PRECEDENCE_FALLBACK 40
#define LABEL_FALLBACK      1

/* The largest value and the longest line of a gai.conf that count. */
#define VALUE_MAX 0x7fffffff
#define LINE_SIZE 512

#define IPV4_MAPPED_BITS 96
#define BLANKS           " \t\r\n\v\f"

/* RFC 6724 section 2.1. */
static const struct {
	const char *prefix;
	unsigned char length;
	unsigned precedence;
	unsigned label;
} default_policies[] = {
	{ "::1", 128, 50, 0 },
	{ "::", 0, 40, 1 },
	{ "::ffff:0:0", 96, 35, 4 },
	{ "2002::", 16, 30, 2 },
	{ "2001::", 32, 5, 5 },
	{ "fc00::", 7, 3, 13 },
	{ "::", 96, 1, 3 },
	{ "fec0::", 10, 1, 11 },
	{ "3ffe::", 16, 1, 12 },
};

/* RFC 6724 section 3.2. */
static const struct {
	const char *prefix;
	unsigned char length;
	unsigned scope;
} default_scopes[] = {
	{ "::ffff:169.254.0.0", 112, POLICY_SCOPE_LINK_LOCAL },
	{ "::ffff:127.0.0.0", 104, POLICY_SCOPE_LINK_LOCAL },
};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Empties the three lists. */
static void
clear(struct policy_table *table)
{
	table->precedences.count = 0;
	table->precedences.fallback = PRECEDENCE_FALLBACK;
	table->labels.count = 0;
	table->labels.fallback = LABEL_FALLBACK;
	table->scopes.count = 0;
	table->scopes.fallback = POLICY_SCOPE_GLOBAL;
}

/* Appends a row while there is room. */
static void
add(struct policy_list *list, const struct in6_addr *prefix, unsigned length,
    unsigned value)
{
	struct policy_row *row;

	if (list->count == POLICY_LIST_MAX)
		return;
	row = &list->rows[list->count++];
	row->prefix = *prefix;
	row->length = (unsigned char)length;
	row->value = value;
}

void
policy_table_init(struct policy_table *table)
{
	struct in6_addr prefix;
	size_t i;

	clear(table);
	for (i = 0; i < LENGTH_OF(default_policies); i++) {
		inet_pton(AF_INET6, default_policies[i].prefix, &prefix);
		add(&table->precedences, &prefix, default_policies[i].length,
		    default_policies[i].precedence);
		add(&table->labels, &prefix, default_policies[i].length,
		    default_policies[i].label);
	}
	for (i = 0; i < LENGTH_OF(default_scopes); i++) {
		inet_pton(AF_INET6, default_scopes[i].prefix, &prefix);
		add(&table->scopes, &prefix, default_scopes[i].length,
		    default_scopes[i].scope);
	}
}

/* Parses all of `text` as decimal digits up to `max`. */
static bool
parse_number(const char *text, unsigned long max, unsigned *number)
{
	unsigned long value;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return (false);
	value = strtoul(text, &end, 10);
	if (*end != '\0' || value > max)
		return (false);
	*number = (unsigned)value;
	return (true);
}

/* Cuts "/LENGTH" off `text` and parses it; without one it is `width`. */
static bool
cut_length(char *text, unsigned width, unsigned *length)
{
	char *slash = strchr(text, '/');

	*length = width;
	if (slash == NULL)
		return (true);
	*slash = '\0';
	return (parse_number(slash + 1, width, length));
}

/* Parses "2002::/16". */
static bool
parse_prefix(char *text, struct in6_addr *prefix, unsigned *length)
{
	return (cut_length(text, 128, length) &&
	    inet_pton(AF_INET6, text, prefix) == 1);
}

/* Parses "169.254.0.0/16", or the same as "::ffff:169.254.0.0/112". */
static bool
parse_ipv4_prefix(char *text, struct in6_addr *prefix, unsigned *length)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (strchr(text, ':') != NULL)
		return (parse_prefix(text, prefix, length) &&
		    *length >= IPV4_MAPPED_BITS &&
		    IN6_IS_ADDR_V4MAPPED(prefix));
	if (!cut_length(text, 32, length))
		return (false);
	*length += IPV4_MAPPED_BITS;
	memcpy(prefix->s6_addr, mapped, sizeof(mapped));
	return (inet_pton(AF_INET, text, &prefix->s6_addr[12]) == 1);
}

/* Adds the row of one line; a line that is not valid is skipped. */
static void
read_row(struct policy_table *table, char *line)
{
	struct policy_list *list;
	struct in6_addr prefix;
	unsigned length, value;
	char *rest;
	const char *keyword = strtok_r(line, BLANKS, &rest);
	char *text = strtok_r(NULL, BLANKS, &rest);
	const char *number = strtok_r(NULL, BLANKS, &rest);

	if (number == NULL || !parse_number(number, VALUE_MAX, &value))
		return;
	if (strcmp(keyword, "label") == 0)
		list = &table->labels;
	else if (strcmp(keyword, "precedence") == 0)
		list = &table->precedences;
	else if (strcmp(keyword, "scopev4") == 0)
		list = &table->scopes;
	else
		return;
	if (list == &table->scopes ? parse_ipv4_prefix(text, &prefix, &length)
				   : parse_prefix(text, &prefix, &length))
		add(list, &prefix, length, value);
}

/*
 * Reads the next line without its comment; a line that is too long becomes
 * empty. Returns false at the end of the file.
 */
static bool
read_line(FILE *file, char *line, size_t size)
{
	bool comment = false;
	size_t used = 0;
	int c;

	while ((c = getc(file)) != EOF && c != '\n') {
		comment = comment || c == '#';
		if (!comment && used < size)
			line[used++] = (char)c;
	}
	line[used < size ? used : 0] = '\0';
	return (c != EOF || used > 0);
}

static void
replace(struct policy_list *list, const struct policy_list *by)
{
	if (by->count > 0)
		*list = *by;
}

void
policy_table_read(struct policy_table *table, FILE *file)
{
	struct policy_table given;
	char line[LINE_SIZE];

	clear(&given);
	while (read_line(file, line, sizeof(line)))
		read_row(&given, line);
	replace(&table->precedences, &given.precedences);
	replace(&table->labels, &given.labels);
	replace(&table->scopes, &given.scopes);
}

bool
policy_table_load(struct policy_table *table, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return (false);
	policy_table_read(table, file);
	fclose(file);
	return (true);
}

/* Returns whether `key` is in the prefix of `row`. */
static bool
holds(const struct policy_row *row, const struct in6_addr *key)
{
	unsigned bytes = row->length / 8;
	unsigned bits = row->length % 8;
	unsigned difference;

	if (memcmp(row->prefix.s6_addr, key->s6_addr, bytes) != 0)
		return (false);
	if (bits == 0)
		return (true);
	difference = row->prefix.s6_addr[bytes] ^ key->s6_addr[bytes];
	return (difference >> (8 - bits) == 0);
}

struct in6_addr
policy_table_key(const struct address *address)
{
	struct in6_addr key = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (address_family(address) == AF_INET6)
		return (address->in6.sin6_addr);
	memcpy(&key.s6_addr[12], &address->in.sin_addr, 4);
	return (key);
}

static unsigned
lookup(const struct policy_list *list, const struct address *address)
{
	const struct policy_row *row, *best = NULL;
	const struct in6_addr key = policy_table_key(address);

	for (row = list->rows; row < list->rows + list->count; row++)
		if ((best == NULL || row->length > best->length) &&
		    holds(row, &key))
			best = row;
	return (best != NULL ? best->value : list->fallback);
}

unsigned
policy_table_precedence(
    const struct policy_table *table, const struct address *address)
{
	return (lookup(&table->precedences, address));
}

unsigned
policy_table_label(
    const struct policy_table *table, const struct address *address)
{
	return (lookup(&table->labels, address));
}

unsigned
policy_table_scope(
    const struct policy_table *table, const struct address *address)
{
	const struct in6_addr *in6 = &address->in6.sin6_addr;

	if (address_family(address) == AF_INET)
		return (lookup(&table->scopes, address));
	if (IN6_IS_ADDR_MULTICAST(in6))
		return (in6->s6_addr[1] & 0xf);
	if (IN6_IS_ADDR_LINKLOCAL(in6) || IN6_IS_ADDR_LOOPBACK(in6))
		return (POLICY_SCOPE_LINK_LOCAL);
	if (IN6_IS_ADDR_SITELOCAL(in6))
		return (POLICY_SCOPE_SITE_LOCAL);
	return (POLICY_SCOPE_GLOBAL);
}
