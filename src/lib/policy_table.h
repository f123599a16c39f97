/* SPDX-License-Identifier: ISC */
/*
 * policy_table.h: precedence, label and scope of an address.
 *
 * The policy table of RFC 6724 section 2.1 and the address scopes of its
 * section 3, as data for destsort. The caller fills it once for a connect:
 *
 *	struct policy_table table;
 *
 *	policy_table_init(&table);
 *	policy_table_load(&table, "/etc/gai.conf");
 *
 * A table is a plain value of about 9 KiB: it owns nothing, needs no release,
 * and any number of readers may share it.
 *
 * The defaults are those of RFC 6724. glibc 2.36 has those of RFC 3484, and
 * differs for unique local, 6to4 and Teredo addresses unless a gai.conf sets
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
 * The most rows of one list. The longest default list has nine; of a gai.conf
 * with more lines of one kind the first 128 count.
 */
#define POLICY_LIST_MAX 128

/* Scopes (RFC 4007 section 5, RFC 6724 section 3.1), the nearest first. */
#define POLICY_SCOPE_LINK_LOCAL 0x2
#define POLICY_SCOPE_SITE_LOCAL 0x5
#define POLICY_SCOPE_GLOBAL     0xe

struct policy_row {
	struct in6_addr prefix; /* ::ffff:a.b.c.d for IPv4 */
	unsigned char length;   /* of the prefix, 0 to 128 bits */
	unsigned value;
};

struct policy_list {
	struct policy_row rows[POLICY_LIST_MAX];
	size_t count;
	unsigned fallback; /* for an address that is in no row */
};

struct policy_table {
	struct policy_list precedences;
	struct policy_list labels;
	struct policy_list scopes; /* of IPv4 addresses only */
};

/* Fills *table with the defaults of RFC 6724 sections 2.1 and 3.2. */
void policy_table_init(struct policy_table *table);

/*
 * Replaces the lists that the gai.conf(5) at `path` sets in *table, which must
 * be initialised. The lines `label PREFIX N`, `precedence PREFIX N` and
 * `scopev4 PREFIX N` count, each kind by itself: one valid line of a kind
 * replaces the whole list of that kind. All other lines are skipped. Returns
 * whether the file could be opened; *table is valid in either case.
 */
bool policy_table_load(struct policy_table *table, const char *path);

/* Does the same with an open stream, which stays open. */
void policy_table_read(struct policy_table *table, FILE *file);

/* Returns an address in the form of the lists: IPv4 as ::ffff:a.b.c.d. */
struct in6_addr policy_table_key(const struct address *address);

/*
 * Return the value of the longest prefix that contains the address; of equal
 * prefixes the first row counts. IPv4 addresses are taken as ::ffff:a.b.c.d.
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
