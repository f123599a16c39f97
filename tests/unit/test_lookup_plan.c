/* SPDX-License-Identifier: ISC */
/*
 * Whether a name is one lookup, two, or a walk. A machine is its hosts: line,
 * and words for what else is known: "hosts" (the name stands in the file),
 * "own" (it is one that the machine makes), "machine" (one that is a local
 * container's), "aliases", "resolved", "unread" (a file could not be read for
 * lack of descriptors or memory); "tcp" and "single" are options of
 * resolv.conf. A walk in which negative answers may be failures is "unsure".
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lookup_plan.h"
#include "fake/seconds.h"

struct row {
	const char *rule;
	const char *services;
	const char *known;
	const char *domain; /* of the search list; NULL: it is empty */
	const char *name;
	const char *expected;
};

static struct host_services
services_of(const char *line)
{
	struct host_services services;
	FILE *file = tmpfile();

	assert_non_null(file);
	fprintf(file, "hosts: %s\n", line);
	rewind(file);
	host_services_read(&services, file);
	fclose(file);
	return (services);
}

static const char *
plan_text(const struct lookup_plan *plan, char *text, size_t size)
{
	*text = '\0';
	if (plan->kind == LOOKUP_PLAN_UNSPEC)
		return ("one");
	if (plan->kind == LOOKUP_PLAN_PER_FAMILY)
		return ("two");
	text_append(
	    text, size, plan->negative_is_certain ? "walk" : "unsure walk");
	for (size_t i = 0; i < plan->list.count; i++)
		text_append(text, size, " %s", plan->list.names[i].text);
	return (text);
}

static void
check(const struct row *row)
{
	const struct hosts_hint hint = {
		.services = services_of(row->services),
		.in_hosts_file = strstr(row->known, "hosts") != NULL,
		.aliases = strstr(row->known, "aliases") != NULL,
		.own_name = strstr(row->known, "own") != NULL,
		.machine = strstr(row->known, "machine") != NULL,
		.resolved_running = strstr(row->known, "resolved") != NULL,
		.unknown = strstr(row->known, "unread") != NULL,
	};
	const struct lookup_settings settings = {
		.search.domains = &row->domain,
		.search.domain_count = row->domain != NULL,
		.search.ndots = 1,
		.use_vc = strstr(row->known, "tcp") != NULL,
		.single_request = strstr(row->known, "single") != NULL,
	};
	struct lookup_plan plan;
	char text[600];

	lookup_plan_init(&plan, row->name,
	    strstr(row->known, "unknown") != NULL ? NULL : &settings);
	lookup_plan_decide(&plan, row->name, &hint);
	assert_row(
	    row->rule, row->expected, plan_text(&plan, text, sizeof(text)));
	lookup_plan_release(&plan);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void
what_may_be_known_without_dns_is_one_lookup(void **state)
{
	static const struct row rows[] = {
		{ "it stands in /etc/hosts", "files dns", "hosts", "corp.test",
		    "web.test", "one" },
		{ "in /etc/hosts, and no list", "files dns", "hosts", NULL,
		    "web.test", "one" },
		{ "in /etc/hosts, which is asked last", "dns files", "hosts",
		    "corp.test", "web.test", "one" },
		{ "HOSTALIASES: a single label", "files dns", "aliases",
		    "corp.test", "web", "one" },
		{ "HOSTALIASES: with a dot", "files dns", "aliases",
		    "corp.test", "web.test",
		    "walk web.test. "
		    "web.test.corp.test." },
		{ "resolve: a single label", "files resolve dns", "", NULL,
		    "web", "one" },
		{ "myhostname: a single label", "files dns myhostname", "",
		    "corp.test", "web", "one" },
		{ "mymachines: a single label", "files mymachines dns", "",
		    "corp.test", "web", "one" },
		{ "myhostname: a name of its own", "files dns myhostname",
		    "own", "corp.test", "a.localhost", "one" },
		{ "resolve makes the same names", "resolve dns", "own",
		    "corp.test", "a.localhost", "one" },
		{ "without them it is a name of DNS", "files dns", "own", NULL,
		    "a.localhost", "two" },
		{ "mdns: a name in local", "files mdns4_minimal dns", "",
		    "corp.test", "printer.local", "one" },
		{ "mdns: with a dot at its end", "files mdns4_minimal dns", "",
		    "corp.test", "printer.local.", "one" },
		{ "mdns: no other name", "files mdns4_minimal dns", "", NULL,
		    "web.test", "two" },
		{ "without mdns local is a domain", "files dns", "", NULL,
		    "printer.local", "two" },
		{ "a search domain in local would reach mdns",
		    "files mdns4_minimal dns", "", "corp.local", "web.test",
		    "one" },
		{ "a service that may know any name", "files sss dns", "",
		    "corp.test", "web.test", "one" },
		{ "also with a dot at its end", "files dns wins", "",
		    "corp.test", "web.test.", "one" },
		{ "nobody asks DNS", "files", "", "corp.test", "web.test",
		    "one" },
		{ "resolve, which does not run, and no dns", "files resolve",
		    "", "corp.test", "web.test", "one" },
		{ "the search list is not known", "files dns", "unknown", NULL,
		    "web.test", "one" },
		{ "a file that says so cannot be read now", "files dns",
		    "unread", "corp.test", "web.test", "one" },
		{ "that counts also with a dot at the end", "files dns",
		    "unread", "corp.test", "web.test.", "one" },
		{ "a wide dot", "files dns", "", "corp.test",
		    "web\xe3\x80\x82test", "one" },
		{ "single-request, and a list", "files dns", "single",
		    "corp.test", "web", "one" },
		{ "a container of this name, with dots", "mymachines dns",
		    "machine", "corp.test", "web.test", "one" },
		{ "a container, and no list", "mymachines dns", "machine", NULL,
		    "web.test", "one" },
		{ "resolve, and dns for what it does not find", "resolve dns",
		    "resolved", "corp.test", "web.test", "one" },
		{ "also with a dot at the end", "files resolve dns", "resolved",
		    NULL, "web.test.", "one" },
		{ "resolve is asked for what dns does not find",
		    "dns resolve [!UNAVAIL=return]", "resolved", "corp.test",
		    "web.test", "one" },
		{ "a step that the machine makes", "files dns myhostname",
		    "own", "localhost", "web.test", "one" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
what_has_one_name_only_is_two_lookups(void **state)
{
	static const struct row rows[] = {
		{ "a dot at the end", "files dns", "", "corp.test", "web.test.",
		    "two" },
		{ "a single label with one", "files dns myhostname", "aliases",
		    "corp.test", "web.", "two" },
		{ "no list", "files dns", "", NULL, "web.test", "two" },
		{ "no list: a single label", "files dns", "", NULL, "web",
		    "two" },
		{ "resolve does not search for dotted names",
		    "resolve [!UNAVAIL=return] dns", "resolved", "corp.test",
		    "web.test", "two" },
		{ "use-vc, and no list", "files dns", "tcp", NULL, "web.test",
		    "two" },
		{ "single-request, and a dot at the end", "files dns", "single",
		    "corp.test", "web.test.", "two" },
		{ "what resolve does not find, dns looks for in a domain",
		    "files resolve dns", "resolved", "corp.test", "web.test",
		    "one" },
		{ "an action that does not end the search",
		    "files resolve [UNAVAIL=return NOTFOUND=continue] dns",
		    "resolved", "corp.test", "web.test", "one" },
		{ "an action of another service",
		    "files [NOTFOUND=return] resolve dns", "resolved",
		    "corp.test", "web.test", "one" },
		{ "it ends the search in other words",
		    "resolve [ SUCCESS=return notfound=RETURN ] dns",
		    "resolved", "corp.test", "web.test", "two" },
		{ "it ends every search", "resolve [!SUCCESS=return] dns",
		    "resolved", "corp.test", "web.test", "two" },
		{ "no dns behind it", "files resolve", "resolved", "corp.test",
		    "web.test", "two" },
		{ "the search list is of no use then", "files dns", "unknown",
		    NULL, "web.test.", "two" },
		{ "an address", "files dns", "", "corp.test", "192.0.2.1",
		    "two" },
		{ "an address in another form", "files dns", "", "corp.test",
		    "127.1", "two" },
		{ "an IPv6 address", "files sss", "", "corp.test", "::1",
		    "two" },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
else_it_is_a_walk(void **state)
{
	static const struct row rows[] = {
		{ "a dot", "files dns", "", "corp.test", "web.test",
		    "walk web.test. web.test.corp.test." },
		{ "a single label", "files dns", "", "corp.test", "web",
		    "walk web.corp.test. web." },
		{ "resolve does not run", "resolve [!UNAVAIL=return] dns", "",
		    "corp.test", "web.test",
		    "walk web.test. web.test.corp.test." },
		{ "a service behind dns", "files dns myhostname", "",
		    "corp.test", "web.test",
		    "unsure walk web.test. web.test.corp.test." },
		{ "use-vc", "files dns", "tcp", "corp.test", "web.test",
		    "unsure walk web.test. web.test.corp.test." },
		{ "use-vc, and a service behind dns", "dns files", "tcp",
		    "corp.test", "web", "unsure walk web.corp.test. web." },
		{ "the file behind dns", "dns files", "", "corp.test",
		    "web.test", "unsure walk web.test. web.test.corp.test." },
		{ "resolve stands behind, and does not run", "dns resolve", "",
		    "corp.test", "web.test",
		    "unsure walk web.test. web.test.corp.test." },
		{ "myhostname is asked before", "files myhostname dns", "",
		    "corp.test", "web.test",
		    "walk web.test. web.test.corp.test." },
		{ "not ASCII", "files dns", "", "corp.test",
		    "b\xc3\xbc"
		    "cher",
		    "walk b\xc3\xbc"
		    "cher.corp.test. b\xc3\xbc"
		    "cher." },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
the_domains_of_resolv_conf_are_counted(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} rows[] = {
		{ "", SIZE_MAX },
		{ "nameserver 192.0.2.53\n", SIZE_MAX },
		{ "search\n", SIZE_MAX },
		{ "search \t\n", SIZE_MAX },
		{ "search corp.test", 1 },
		{ "search\ta.test  b.test\tc.test \n", 3 },
		{ "search a.test b.test\nsearch c.test\n", 1 },
		{ "domain a.test\nsearch b.test c.test\n", 2 },
		{ "search b.test c.test\ndomain a.test d.test\n", 1 },
		{ "search a.test b.test\nsearch\n", 2 },
		{ "#search a.test\n; search b.test\n search c.test\n",
		    SIZE_MAX },
		{ "searching a.test\noptions ndots:2\n", SIZE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *file = tmpfile();

		assert_non_null(file);
		fputs(rows[i].text, file);
		rewind(file);
		assert_int_equal(
		    lookup_plan_count_domains(file), rows[i].count);
		fclose(file);
	}
}

/* This machine has some files, whichever. */
static void
a_plan_is_made_from_files(void **state)
{
	struct lookup_plan plan;

	(void)state;
	lookup_plan_make(&plan, "localhost");
	assert_int_equal(plan.kind, LOOKUP_PLAN_UNSPEC);
	lookup_plan_release(&plan);
	lookup_plan_make(&plan, "127.0.0.1");
	assert_int_equal(plan.kind, LOOKUP_PLAN_PER_FAMILY);
	assert_true(plan.patience >= MONOTIME_PER_SECOND);
	lookup_plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_known_without_dns_is_one_lookup),
		cmocka_unit_test(what_has_one_name_only_is_two_lookups),
		cmocka_unit_test(else_it_is_a_walk),
		cmocka_unit_test(the_domains_of_resolv_conf_are_counted),
		cmocka_unit_test(a_plan_is_made_from_files),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
