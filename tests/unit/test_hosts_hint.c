/* SPDX-License-Identifier: ISC */
/*
 * nsswitch.conf and hosts, read from streams.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "hosts_hint.h"
#include "fake/seconds.h"

#define HUGE_LINE 3000000

/* Opens a text as a file; an empty one cannot be opened so. */
static FILE *
open_text(const char *text, size_t length)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	rewind(file);
	return (file);
}

/* Writes the services as letters: what is named, and what is left out. */
static void
write_services(const struct host_services *services, char *text, size_t size)
{
	*text = '\0';
	text_append(text, size, "%s%s%s%s%s%s%s%s%s",
	    services->files ? "files " : "", services->dns ? "dns " : "",
	    services->dns && !services->dns_last ? "(not last) " : "",
	    services->resolve ? "resolve " : "",
	    services->resolve_before_dns ? "(first) " : "",
	    services->myhostname ? "myhostname " : "",
	    services->mymachines ? "mymachines " : "",
	    services->mdns ? "mdns " : "", services->other ? "other " : "");
}

static void
services_of_nsswitch_conf(void **state)
{
	static const struct {
		const char *file;
		const char *expected;
	} rows[] = {
		{ "hosts: files dns\n", "files dns " },
		{ "hosts:files dns", "files dns " }, /* no final newline */
		{ "  hosts:\tfiles\tdns\n", "files dns " },
		{ "passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return] "
		  "dns\nnetworks: files\n",
		    "files dns mdns " },
		{ "hosts: files mdns dns mdns4\n",
		    "files dns (not last) mdns " },
		{ "hosts: mymachines resolve [!UNAVAIL=return] files "
		  "myhostname dns\n",
		    "files dns resolve (first) myhostname mymachines " },
		{ "hosts: dns resolve\n", "dns (not last) resolve " },
		{ "hosts: dns resolve [!UNAVAIL=return]\n",
		    "dns (not last) resolve " },
		{ "hosts: resolve\n", "resolve (first) " },
		{ "hosts: resolve files\n", "files resolve (first) " },
		{ "hosts: resolve dns\n", "dns resolve " },
		{ "hosts: resolve [!UNAVAIL=return]\n", "resolve (first) " },
		{ "hosts: resolve[!unavail=RETURN]dns\n",
		    "dns resolve (first) " },
		{ "hosts: resolve [NOTFOUND=return] dns\n",
		    "dns resolve (first) " },
		{ "hosts: resolve [ TRYAGAIN=continue notfound=return ] dns\n",
		    "dns resolve (first) " },
		{ "hosts: resolve [UNAVAIL=return] dns\n", "dns resolve " },
		{ "hosts: resolve [!NOTFOUND=return] dns\n", "dns resolve " },
		{ "hosts: resolve [NOTFOUND=continue] dns\n", "dns resolve " },
		{ "hosts: resolve [!UNAVAIL=return NOTFOUND=continue] dns\n",
		    "dns resolve " },
		{ "hosts: resolve [!] dns\n", "dns resolve " },
		{ "hosts: resolve files [NOTFOUND=return] dns\n",
		    "files dns resolve " },
		{ "hosts: files[NOTFOUND=return]dns\n", "files dns " },
		{ "hosts: files [ NOTFOUND=return SUCCESS=merge ] dns\n",
		    "files dns " },
		{ "hosts: files [NOTFOUND=return\n", "files " },
		{ "hosts: files # dns sss\n", "files " },
		{ "hosts: files [NOTFOUND=return #] dns\n", "files " },
		{ "hosts: files dns#sss\n", "files dns " },
		{ "#hosts: sss\nhosts: dns\n", "dns " },
		{ "hosts: files sss\n", "files other " },
		{ "hosts: files dns wins\n", "files dns (not last) other " },
		{ "hosts: file dnsmasq\n", "other " },
		{ "hosts: sss\nhosts: files dns\n", "files dns " },
		{ "hosts:\n", "" },
		{ "passwd: files\n", "files dns " },
		{ "hostsx: sss\n", "files dns " },
		{ "", "files dns " },
	};
	struct host_services services;
	char text[100];
	FILE *file;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		file = open_text(rows[i].file, strlen(rows[i].file));
		host_services_read(&services, file);
		fclose(file);
		write_services(&services, text, sizeof(text));
		assert_row(rows[i].file, rows[i].expected, text);
	}
	host_services_read(&services, NULL);
	write_services(&services, text, sizeof(text));
	assert_row("no file", "files dns ", text);
}

static bool
has(const char *text, size_t length, const char *name)
{
	FILE *file = open_text(text, length);
	const char *const names[] = { "none.test", name };
	bool found = hosts_file_has(file, names, 2);

	fclose(file);
	return (found);
}

static void
names_of_hosts(void **state)
{
	static const struct {
		const char *file;
		const char *name;
		bool expected;
	} rows[] = {
		{ "192.0.2.1 web.test\n", "web.test", true },
		{ "192.0.2.1 web.test", "web.test", true },
		{ "192.0.2.1\tweb.test\r\n", "web.test", true },
		{ "  192.0.2.1   a.test\t web.test  \n", "web.test", true },
		{ "192.0.2.1 Web.TEST\n", "wEB.test", true },
		{ "192.0.2.1 a b\n\n2001:db8::1 c web.test d\n", "web.test",
		    true },
		{ "0.0.0.0 ads.test\n", "ads.test", true },
		{ "192.0.2.1 web.test.\n", "web.test.", true },
		{ "192.0.2.1 web.test\n", "web.test.", false },
		{ "192.0.2.1 web.test\n", "web", false },
		{ "192.0.2.1 web\n", "web.test", false },
		{ "192.0.2.1 xweb.test\n", "web.test", false },
		{ "192.0.2.1 web.testx\n", "web.test", false },
		{ "web.test 192.0.2.1\n", "web.test", false },
		{ "192.0.2.1 a # web.test\n", "web.test", false },
		{ "192.0.2.1 a#web.test\n", "web.test", false },
		{ "192.0.2.1 web.test#a\n", "web.test", true },
		{ "#192.0.2.1 web.test\n", "web.test", false },
		{ "192.0.2.1\nweb.test\n", "web.test", false },
		{ "192.0.2.1 web.test.\n", "web.test", false },
		{ "192.0.2.1 Web.Test.\n", "wEB.test.", true },
		{ "192.0.2.1 web..test\n", "web.test", false },
		{ "192.0.2.1 .web.test\n", "web.test", false },
		{ "192.0.2.1 .\n", ".", true },
		{ "192.0.2.1 a\n", "", false },
		{ "192.0.2.1 none.test\n", "", true }, /* any of the names */
		{ "", "web.test", false },
		{ "\n\n# nothing\n", "web.test", false },
		/* What is not ASCII stands there in its encoded form. */
		{ "192.0.2.1 XN--bcher-kva.test\n",
		    "b\xc3\xbc"
		    "cher.test",
		    true },
		{ "192.0.2.1 b\xc3\xbc"
		  "cher.test\n",
		    "b\xc3\xbc"
		    "cher.test",
		    true },
		{ "192.0.2.1 www.xn--bcher-kva.test\n",
		    "www.b\xc3\xbc"
		    "cher.test",
		    true },
		{ "192.0.2.1 xn--bcher-kva.test.\n",
		    "b\xc3\xbc"
		    "cher.test.",
		    true },
		/* Wide letters. */
		{ "192.0.2.1 ab.test\n", "\xef\xbd\x81\xef\xbd\x82.test",
		    true },
		{ "192.0.2.1 xn--\n",
		    "b\xc3\xbc"
		    "cher.test",
		    false },
		{ "192.0.2.1 .test\n",
		    "b\xc3\xbc"
		    "cher.test",
		    false },
		{ "192.0.2.1 xn--bcher-kva.two\n",
		    "b\xc3\xbc"
		    "cher.test",
		    false },
		{ "192.0.2.1 www.xn--bcher-kva.test\n",
		    "b\xc3\xbc"
		    "cher.test",
		    false },
		{ "192.0.2.1 xn--bcher-kva.test\n", "web.test", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (has(rows[i].file, strlen(rows[i].file), rows[i].name) !=
		    rows[i].expected)
			fail_msg("%s in: %s", rows[i].name, rows[i].file);
}

/* A line of many names, one name of many letters, and a NUL. */
static void
a_line_may_be_of_any_length(void **state)
{
	char *line = malloc(HUGE_LINE);

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < HUGE_LINE; i++)
		line[i] = i % 4 == 3 ? ' ' : 'a';
	memcpy(line + HUGE_LINE - 9, " web.test", 9);
	assert_true(has(line, HUGE_LINE, "web.test"));
	assert_false(has(line, HUGE_LINE, "eb.test"));
	memset(line + 8, 'a', HUGE_LINE - 20);
	assert_true(has(line, HUGE_LINE, "web.test"));
	line[8] = '\0';
	assert_true(has(line, HUGE_LINE, "web.test"));
	free(line);
}

static void
names_that_the_machine_makes(void **state)
{
	static const struct {
		const char *name;
		bool expected;
	} rows[] = {
		{ "localhost", true },
		{ "LocalHost.", true },
		{ "localhost.localdomain", true },
		{ "a.localhost", true },
		{ "a.b.localhost.localdomain.", true },
		{ "_gateway", true },
		{ "_outbound", true },
		{ "this-machine", true },
		{ "THIS-machine.", true },
		{ "that-machine", false },
		{ "xlocalhost", false },
		{ "localhost.test", false },
		{ "a._gateway", false },
		{ "this-machine.test", false },
		{ ".", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (hosts_hint_is_own_name(rows[i].name, "this-machine") !=
		    rows[i].expected)
			fail_msg("%s", rows[i].name);
	assert_false(hosts_hint_is_own_name("", ""));
	assert_false(hosts_hint_is_own_name(".", ""));
}

static void
names_of_the_domain_local(void **state)
{
	(void)state;
	assert_true(hosts_hint_is_mdns("printer.local"));
	assert_true(hosts_hint_is_mdns("Printer.LOCAL."));
	assert_true(hosts_hint_is_mdns("local"));
	assert_false(hosts_hint_is_mdns("printer.notlocal"));
	assert_false(hosts_hint_is_mdns("printer.local.test"));
	assert_false(hosts_hint_is_mdns("printer"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_of_nsswitch_conf),
		cmocka_unit_test(names_of_hosts),
		cmocka_unit_test(a_line_may_be_of_any_length),
		cmocka_unit_test(names_that_the_machine_makes),
		cmocka_unit_test(names_of_the_domain_local),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
