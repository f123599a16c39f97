/* SPDX-License-Identifier: ISC */
/*
 * policy_table.h: precedence, label and scope of an address.
 *
 * The policy table of RFC 6724 section 2.1 and the address scopes of its
 * section 3, as data. destsort asks it; whoever starts a connect fills it,
 * once:
 *
 *	struct policy_table table;
 *
 *	policy_table_init(&table);
 *	policy_table_load(&table, "/etc/gai.conf");
 *
 * A table is a plain value of about 9 KiB: it owns nothing, needs no release,
 * and any number of readers may share it.
 *
 * The defaults are RFC 6724's own. glibc 2.36 still has those of RFC 3484, and
 * so differs for unique local, 6to4 and Teredo addresses unless a gai.conf sets
 * them.
 */
#ifndef POLICY_TABLE_H
#define POLICY_TABLE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "address.h"

/*
 * Rows in one list. The longest default list has nine; of a gai.conf with more
 * lines of one kind the first 128 count.
 */
#define POLICY_LIST_MAX 128

/* Scopes (RFC 4007 section 5, RFC 6724 section 3.1); the smaller the nearer. */
#define POLICY_SCOPE_LINK_LOCAL 0x2
#define POLICY_SCOPE_SITE_LOCAL 0x5
#define POLICY_SCOPE_GLOBAL     0xe

struct policy_row {
	struct in6_addr prefix; /* ::ffff:a.b.c.d for IPv4 */
	unsigned char length;   /* its leading bits that count, 0 to 128 */
	unsigned value;
};

struct policy_list {
	struct policy_row rows[POLICY_LIST_MAX];
	size_t count;
	unsigned fallback; /* for an address that no row holds */
};

struct policy_table {
	struct policy_list precedences;
	struct policy_list labels;
	struct policy_list scopes; /* of IPv4 addresses only */
};

/* Fills *table with the defaults of RFC 6724 sections 2.1 and 3.2. */
void policy_table_init(struct policy_table *table);

/*
 * Replaces what the gai.conf(5) at `path` sets in *table, which must be
 * initialised. The lines `label PREFIX N`, `precedence PREFIX N` and
 * `scopev4 PREFIX N` count, each kind by itself: one good line of a kind
 * replaces the whole list of that kind, none leaves it as it was. Anything
 * else in the file is skipped. Returns whether there was a file to read;
 * *table is good either way.
 */
bool policy_table_load(struct policy_table *table, const char *path);

/* Does the same with an open stream, and leaves it open. */
void policy_table_read(struct policy_table *table, FILE *file);

/* Returns an address as the lists have it: IPv4 as ::ffff:a.b.c.d. */
struct in6_addr policy_table_key(const struct address *address);

/*
 * Return the value of the longest prefix that holds the address; among equal
 * ones the first. An IPv4 address is looked up as ::ffff:a.b.c.d.
 */
unsigned policy_table_precedence(
    const struct policy_table *table, const struct address *address);
unsigned policy_table_label(
    const struct policy_table *table, const struct address *address);

/*
 * Returns the scope of a unicast or multicast address: of IPv6 by its form
 * (loopback counts as link-local), of IPv4 by the table (link-local and
 * loopback are link-local, all others global, private ones too).
 */
unsigned policy_table_scope(
    const struct policy_table *table, const struct address *address);

#endif
