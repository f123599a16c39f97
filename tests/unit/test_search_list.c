/* SPDX-License-Identifier: ISC */
/*
 * Which names stand for a name. Domains are separated by spaces; "''" is an
 * empty one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "search_list.h"
#include "fake/seconds.h"

#define DOMAINS_MAX 8
#define TEXT_MAX    1024

struct row {
	const char *rule;
	const char *name;
	unsigned ndots;
	const char *domains;
	const char *expected;
	bool no_tld_query;
};

/* Cuts `text` into domains. Returns how many there are. */
static size_t
cut(char *text, const char *domains[DOMAINS_MAX])
{
	size_t count = 0;

	for (char *word = strtok(text, " "); word != NULL;
	     word = strtok(NULL, " "))
		domains[count++] = strcmp(word, "''") == 0 ? "" : word;
	return (count);
}

/* Makes the list of a row as a text; what is as typed has a mark. */
static void
check(const struct row *row)
{
	const char *domains[DOMAINS_MAX];
	char words[TEXT_MAX], text[TEXT_MAX] = "";
	struct search_settings settings = {
		.domains = domains,
		.ndots = row->ndots,
		.no_tld_query = row->no_tld_query,
	};
	struct search_list list;

	snprintf(words, sizeof(words), "%s", row->domains);
	settings.domain_count = cut(words, domains);
	assert_true(search_list_init(&list, row->name, &settings));
	for (size_t i = 0; i < list.count; i++)
		text_append(text, sizeof(text), "%s%s%s", i == 0 ? "" : " ",
		    list.names[i].as_typed ? "=" : "", list.names[i].text);
	assert_row(row->rule, row->expected, text);
	search_list_release(&list);
	assert_null(list.names);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void
ndots_decides_what_comes_first(void **state)
{
	static const struct row rows[] = {
		{ "ndots 0: a single label as typed first", "db", 0,
		    "corp.test", "=db. db.corp.test.", false },
		{ "ndots 1: a single label in the domain first", "db", 1,
		    "corp.test", "db.corp.test. =db.", false },
		{ "ndots 1: one dot is enough", "db.test", 1, "corp.test",
		    "=db.test. db.test.corp.test.", false },
		{ "ndots 2: one dot is too few", "db.test", 2, "corp.test",
		    "db.test.corp.test. =db.test.", false },
		{ "ndots 2: two are not", "a.db.test", 2, "corp.test",
		    "=a.db.test. a.db.test.corp.test.", false },
		{ "ndots 3", "a.db.test", 3, "corp.test",
		    "a.db.test.corp.test. =a.db.test.", false },
		{ "ndots 4", "a.b.c.test", 4, "corp.test",
		    "a.b.c.test.corp.test. =a.b.c.test.", false },
		{ "ndots 5: as in Kubernetes", "web.ns.svc", 5,
		    "ns.svc.cluster.local svc.cluster.local cluster.local",
		    "web.ns.svc.ns.svc.cluster.local. "
		    "web.ns.svc.svc.cluster.local. "
		    "web.ns.svc.cluster.local. =web.ns.svc.",
		    false },
		{ "ndots 5: five dots", "a.b.c.d.e.test", 5, "corp.test",
		    "=a.b.c.d.e.test. a.b.c.d.e.test.corp.test.", false },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
domains_come_in_their_order(void **state)
{
	static const struct row rows[] = {
		{ "three domains", "db", 1, "a.test b.test c",
		    "db.a.test. db.b.test. db.c. =db.", false },
		{ "no domain: as typed", "db", 1, "", "=db.", false },
		{ "no domain, a dot", "db.test", 1, "", "=db.test.", false },
		{ "dots around a domain are dropped", "db", 1,
		    "a.test. .b.test .c.test.",
		    "db.a.test. db.b.test. db.c.test. =db.", false },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_root_is_a_domain(void **state)
{
	static const struct row rows[] = {
		{ "a dot: as typed in its place, and not again", "db", 1,
		    "a.test . b.test", "db.a.test. =db. db.b.test.", false },
		{ "an empty one, too", "db", 1, "'' b.test", "=db. db.b.test.",
		    false },
		{ "as typed first: not a second time", "db.test", 1, ". b.test",
		    "=db.test. db.test.b.test.", false },
		{ "twice in the list: once", "db", 1, ". ''", "=db.", false },
		{ "it counts under no-tld-query, too", "db", 1, ".", "=db.",
		    true },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
no_tld_query_spares_single_labels(void **state)
{
	static const struct row rows[] = {
		{ "not as typed in the end", "db", 1, "a.test", "db.a.test.",
		    true },
		{ "without a list there is nothing else", "db", 1, "", "=db.",
		    true },
		{ "a name with a dot is no single label", "db.test", 2,
		    "a.test", "db.test.a.test. =db.test.", true },
		{ "ndots 0 asks for it first all the same", "db", 0, "a.test",
		    "=db. db.a.test.", true },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* Fills `text` with labels that make a name of `length`. */
static void
make_name(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text[i] = i % 50 == 49 && i + 1 < length ? '.' : 'a';
	text[length] = '\0';
}

static void
what_is_too_long_is_skipped(void **state)
{
	const char *domains[] = { "b.test", "b" };
	const struct search_settings settings = { domains, 2, 1, false };
	char name[300];
	struct search_list list;

	(void)state;
	make_name(name, 253);
	assert_true(search_list_init(&list, name, &settings));
	assert_int_equal(list.count, 1);
	assert_true(list.names[0].as_typed);
	assert_int_equal(strlen(list.names[0].text), 254);
	search_list_release(&list);

	make_name(name, 251);
	assert_true(search_list_init(&list, name, &settings));
	assert_int_equal(list.count, 2);
	assert_true(list.names[0].as_typed);
	assert_string_equal(list.names[1].text + 251, ".b.");
	search_list_release(&list);

	make_name(name, 254);
	assert_true(search_list_init(&list, name, &settings));
	assert_int_equal(list.count, 0);
	search_list_release(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ndots_decides_what_comes_first),
		cmocka_unit_test(domains_come_in_their_order),
		cmocka_unit_test(the_root_is_a_domain),
		cmocka_unit_test(no_tld_query_spares_single_labels),
		cmocka_unit_test(what_is_too_long_is_skipped),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
