/* SPDX-License-Identifier: ISC */
/*
 * The policy table: the defaults row by row, and what a gai.conf makes of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_table.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_SIZE        100000

static struct address
literal(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(&address, text, 80), ADDRESS_PARSED);
	return (address);
}

/* Reads `size` bytes of a gai.conf into a table of the defaults. */
static void
read_bytes(struct policy_table *table, const char *bytes, size_t size)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	rewind(file);
	policy_table_init(table);
	policy_table_read(table, file);
	fclose(file);
}

/* Says which row is wrong, and returns whether one is. */
static bool
differs(const char *row, const char *what, unsigned got, unsigned expected)
{
	if (got == expected)
		return (false);
	print_error("%s: %s is %u, not %u\n", row, what, got, expected);
	return (true);
}

static bool
values_differ(const struct policy_table *table, const char *row,
    const char *text, unsigned precedence, unsigned label)
{
	const struct address address = literal(text);

	bool wrong = differs(row, "precedence",
	    policy_table_precedence(table, &address), precedence);

	return (
	    differs(row, "label", policy_table_label(table, &address), label) ||
	    wrong);
}

static bool
scope_differs(const struct policy_table *table, const char *row,
    const char *text, unsigned scope)
{
	const struct address address = literal(text);

	return (
	    differs(row, "scope", policy_table_scope(table, &address), scope));
}

/* RFC 6724 section 2.1, an address in every row and beside some. */
static void
defaults_are_rfc_6724s(void **state)
{
	static const struct {
		const char *address;
		unsigned precedence, label;
	} rows[] = {
		{ "::1", 50, 0 },
		{ "2001:db8::1", 40, 1 },
		{ "2001:1::1", 40, 1 }, /* beside 2001::/32 */
		{ "192.0.2.1", 35, 4 },
		{ "127.0.0.1", 35, 4 },
		{ "10.0.0.1", 35, 4 },
		{ "2002:c000:201::1", 30, 2 },
		{ "2003::1", 40, 1 },
		{ "2001::1", 5, 5 },
		{ "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", 5, 5 },
		{ "fc00::1", 3, 13 },
		{ "fdff:ffff::1", 3, 13 },
		{ "fe00::1", 40, 1 },
		{ "::192.0.2.1", 1, 3 },
		{ "::2", 1, 3 }, /* not ::1/128 */
		{ "fec0::1", 1, 11 },
		{ "feff::1", 1, 11 },
		{ "fe80::1", 40, 1 },
		{ "3ffe::1", 1, 12 },
		{ "3ffe:ffff::1", 1, 12 },
		{ "3fff::1", 40, 1 },
		{ "ff02::1", 40, 1 },
	};
	struct policy_table table;
	bool wrong = false;
	size_t i;

	(void)state;
	policy_table_init(&table);
	for (i = 0; i < LENGTH_OF(rows); i++)
		wrong |= values_differ(&table, rows[i].address, rows[i].address,
		    rows[i].precedence, rows[i].label);
	assert_false(wrong);
}

/* RFC 6724 sections 3.1 and 3.2. */
static void
scopes_are_rfc_6724s(void **state)
{
	static const struct {
		const char *address;
		unsigned scope;
	} rows[] = {
		{ "::1", 0x2 },
		{ "fe80::1", 0x2 },
		{ "febf::1", 0x2 },
		{ "fec0::1", 0x5 },
		{ "feff::1", 0x5 },
		{ "fd00::1", 0xe }, /* unique local is global */
		{ "2001:db8::1", 0xe },
		{ "::", 0xe },
		{ "ff01::1", 0x1 },
		{ "ff02::1", 0x2 },
		{ "ff05::1", 0x5 },
		{ "ff08::1", 0x8 },
		{ "ff3e::1", 0xe }, /* flags do not count */
		{ "127.0.0.1", 0x2 },
		{ "127.255.255.255", 0x2 },
		{ "128.0.0.1", 0xe },
		{ "169.254.1.1", 0x2 },
		{ "169.253.255.255", 0xe },
		{ "10.1.2.3", 0xe }, /* private is global */
		{ "172.16.0.1", 0xe },
		{ "192.168.0.1", 0xe },
		{ "198.51.100.1", 0xe },
	};
	struct policy_table table;
	bool wrong = false;
	size_t i;

	(void)state;
	policy_table_init(&table);
	for (i = 0; i < LENGTH_OF(rows); i++)
		wrong |= scope_differs(
		    &table, rows[i].address, rows[i].address, rows[i].scope);
	assert_false(wrong);
}

#define UNTOUCHED "2002::1", 30, 2, 0xe

/* One gai.conf in a row, and what then holds for one address. */
static void
gai_conf_replaces_kind_by_kind(void **state)
{
	static const struct {
		const char *words;
		const char *text;
		const char *address;
		unsigned precedence, label, scope;
	} rows[] = {
		{ "empty", "", UNTOUCHED },
		{ "comments only", "# label ::/0 9\n  #x\n\n", UNTOUCHED },
		{ "reload is nothing to us", "reload yes\n", UNTOUCHED },
		{ "a label replaces all labels", "label 2003::/16 9\n",
		    "2002::1", 30, 1, 0xe },
		{ "the label itself", "label 2003::/16 9\n", "2003::1", 40, 9,
		    0xe },
		{ "labels do not touch precedences", "label ::/0 9\n",
		    "2002::1", 30, 9, 0xe },
		{ "a precedence replaces all precedences",
		    "precedence 2003::/16 9\n", "2002::1", 40, 2, 0xe },
		{ "IPv4 first, as gai.conf(5) has it",
		    "precedence ::ffff:0:0/96  100\n", "192.0.2.1", 100, 4,
		    0xe },
		{ "a catch-all of one's own", "precedence ::/0 7\n", "2002::1",
		    7, 2, 0xe },
		{ "a scope replaces all scopes", "scopev4 10.0.0.0/8 5\n",
		    "127.0.0.1", 35, 4, 0xe },
		{ "the scope itself", "scopev4 10.0.0.0/8 5\n", "10.1.2.3", 35,
		    4, 5 },
		{ "a scope as mapped prefix", "scopev4 ::ffff:10.0.0.0/104 5\n",
		    "10.1.2.3", 35, 4, 5 },
		{ "a scope without length is a host's",
		    "scopev4 10.1.2.3 5\nscopev4 0.0.0.0/0 8\n", "10.1.2.4", 35,
		    4, 8 },
		{ "scopes are of IPv4 only", "scopev4 ::ffff:0:0/96 5\n",
		    "fd00::1", 3, 13, 0xe },
		{ "the longest prefix, not the first",
		    "label ::/0 1\nlabel 2002::/16 2\nlabel 2002::/15 3\n",
		    "2002::1", 30, 2, 0xe },
		{ "the first of equal ones",
		    "label 2002::/16 8\nlabel 2002::/16 9\n", "2002::1", 30, 8,
		    0xe },
		{ "bits beyond the length do not count",
		    "label 2002:ffff::1/16 8\n", "2002::1", 30, 8, 0xe },
		{ "a length within a byte", "label 2002::/13 8\n", "2007::1",
		    40, 8, 0xe },
		{ "and just beside it", "label 2002::/13 8\n", "2008::1", 40, 1,
		    0xe },
		{ "no length is 128", "label 2002::1 8\n", "2002::1", 30, 8,
		    0xe },
		{ "a comment ends a line", "label 2002::/16 8 # 9\n", "2002::1",
		    30, 8, 0xe },
		{ "a comment ends a number", "label 2002::/16 8#9\n", "2002::1",
		    30, 8, 0xe },
		{ "more words do not matter", "label 2002::/16 8 9 10\n",
		    "2002::1", 30, 8, 0xe },
		{ "blanks and tabs, CR LF", " \tlabel\t2002::/16  8\r\n",
		    "2002::1", 30, 8, 0xe },
		{ "no newline at the end", "label 2002::/16 8", "2002::1", 30,
		    8, 0xe },
		{ "bad lines beside a good one",
		    "label x 1\nlabel 2002::/16 8\nlabel 2002::/129 2\n",
		    "2002::1", 30, 8, 0xe },
	};
	struct policy_table table;
	bool wrong = false;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH_OF(rows); i++) {
		read_bytes(&table, rows[i].text, strlen(rows[i].text));
		wrong |= values_differ(&table, rows[i].words, rows[i].address,
		    rows[i].precedence, rows[i].label);
		wrong |= scope_differs(
		    &table, rows[i].words, rows[i].address, rows[i].scope);
	}
	assert_false(wrong);
}

/* A file of nothing but one of these leaves the defaults. */
static void
malformed_lines_are_skipped(void **state)
{
	static const char *const lines[] = { "label", "label ::/0",
		"label 8 ::/0", "label ::/0 x", "label ::/0 8x",
		"label ::/0 -1", "label ::/0 +1", "label ::/0 2147483648",
		"label ::/0 99999999999999999999", "label ::/129 1",
		"label ::/x 1", "label ::/ 1", "label /0 1", "label ::/-0 1",
		"label ::/0/0 1", "label 10.0.0.0/8 1", "label fe80::1%lo 1",
		"Label ::/0 1", "labels ::/0 1", "lab el ::/0 1",
		"precedence ::", "precedence ::/0 ten", "scopev4 ::/0 1",
		"scopev4 ::ffff:0:0/95 1", "scopev4 10.0.0.0/33 1",
		"scopev4 10.0.0/8 1", "scopev4 fe80::/10 1", "scopev4", "\v" };
	struct policy_table table, defaults;
	bool wrong = false;
	size_t i;

	(void)state;
	policy_table_init(&defaults);
	for (i = 0; i < LENGTH_OF(lines); i++) {
		read_bytes(&table, lines[i], strlen(lines[i]));
		if (table.labels.count == defaults.labels.count &&
		    table.precedences.count == defaults.precedences.count &&
		    table.scopes.count == defaults.scopes.count)
			continue;
		print_error("'%s' is not skipped\n", lines[i]);
		wrong = true;
	}
	assert_false(wrong);
}

/* Fills `text` with `head`, then `size` times `filler`, then `tail`. */
static size_t
stretch(
    char *text, const char *head, char filler, size_t size, const char *tail)
{
	size_t used = (size_t)snprintf(text, TEXT_SIZE, "%s", head);

	memset(text + used, filler, size);
	used += size;
	return (
	    used + (size_t)snprintf(text + used, TEXT_SIZE - used, "%s", tail));
}

/* What does not fit is left out whole, and never read as another line. */
static void
long_lines_are_bounded(void **state)
{
	static char text[TEXT_SIZE];
	const struct address address = literal("2002::1");
	struct policy_table table;
	size_t size;

	(void)state;
	size = stretch(text, "#", 'x', 90000, "label ::/0 9\n");
	read_bytes(&table, text, size);
	assert_int_equal(policy_table_label(&table, &address), 2);
	size = stretch(text, "label 2002::/16 8 #", 'x', 90000, "\n");
	read_bytes(&table, text, size);
	assert_int_equal(policy_table_label(&table, &address), 8);
	size = stretch(text, "label 2002::/16", ' ', 490, "8888888888\n");
	read_bytes(&table, text, size);
	assert_int_equal(policy_table_label(&table, &address), 2);
	size = stretch(
	    text, "label 2002::/16 8", ' ', 90000, "\nlabel 2002::/16 9\n");
	read_bytes(&table, text, size);
	assert_int_equal(policy_table_label(&table, &address), 9);
	read_bytes(&table, "label 2002::/16\0 9\nlabel ::/0 5\n", 32);
	assert_int_equal(policy_table_label(&table, &address), 5);
}

/* Of too many lines the first POLICY_LIST_MAX count. */
static void
rows_are_bounded(void **state)
{
	static char text[TEXT_SIZE];
	const struct address last = literal("2002::ff"),
			     over = literal("2003::");
	struct policy_table table;
	size_t i, used = 0;

	(void)state;
	for (i = 1; i < POLICY_LIST_MAX; i++)
		used += (size_t)snprintf(
		    text + used, TEXT_SIZE - used, "label 2001::%zx 7\n", i);
	used += (size_t)snprintf(text + used, TEXT_SIZE - used,
	    "label 2002::ff 8\nlabel 2003:: 9\n");
	read_bytes(&table, text, used);
	assert_int_equal(table.labels.count, POLICY_LIST_MAX);
	assert_int_equal(policy_table_label(&table, &last), 8);
	assert_int_equal(policy_table_label(&table, &over), 1);
}

static void
load_needs_no_file(void **state)
{
	const struct address address = literal("2002::1");
	struct policy_table table;

	(void)state;
	policy_table_init(&table);
	assert_false(policy_table_load(&table, "/nonexistent/gai.conf"));
	assert_int_equal(policy_table_precedence(&table, &address), 30);
	(void)policy_table_load(&table, "/");
	assert_int_equal(policy_table_precedence(&table, &address), 30);
}

static void
load_reads_the_file(void **state)
{
	static const char text[] = "precedence ::ffff:0:0/96 100\n";
	const struct address address = literal("192.0.2.1");
	char path[] = "/tmp/gai.conf.XXXXXX";
	struct policy_table table;
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	policy_table_init(&table);
	assert_true(policy_table_load(&table, path));
	unlink(path);
	assert_int_equal(policy_table_precedence(&table, &address), 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_rfc_6724s),
		cmocka_unit_test(scopes_are_rfc_6724s),
		cmocka_unit_test(gai_conf_replaces_kind_by_kind),
		cmocka_unit_test(malformed_lines_are_skipped),
		cmocka_unit_test(long_lines_are_bounded),
		cmocka_unit_test(rows_are_bounded),
		cmocka_unit_test(load_needs_no_file),
		cmocka_unit_test(load_reads_the_file),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
