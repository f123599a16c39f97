/* SPDX-License-Identifier: ISC */
/*
 * International names: their ASCII form, in any locale.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "idn.h"

#define LONG                                                               \
	"\xc3\xbc"                                                         \
	"bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm" \
	"nopqrstuvwxyz"

static const struct {
	const char *name;
	enum idn_result result;
	const char *ascii;
} rows[] = {
	{ "www.example", IDN_ASCII, NULL },
	{ "", IDN_ASCII, NULL },
	{ "xn--bcher-kva.example", IDN_ASCII, NULL },
	{ "b\xc3\xbc"
	  "cher.example",
	    IDN_CONVERTED, "xn--bcher-kva.example" },
	{ "WWW.B\xc3\x9c"
	  "CHER.Example.",
	    IDN_CONVERTED, "www.xn--bcher-kva.example." },
	/* Decomposed: a u and a diaeresis. */
	{ "bu\xcc\x88"
	  "cher",
	    IDN_CONVERTED, "xn--bcher-kva" },
	/* Non-transitional: the sharp s stays one. */
	{ "fa\xc3\x9f.example", IDN_CONVERTED, "xn--fa-hia.example" },
	/* Full stops that are not ASCII. */
	{ "b\xc3\xbc"
	  "cher\xe3\x80\x82test",
	    IDN_CONVERTED, "xn--bcher-kva.test" },
	{ "b\xfc"
	  "cher",
	    IDN_NOT_UTF8, NULL },
	{ "\xc3", IDN_NOT_UTF8, NULL },
	{ "\xed\xa0\x80", IDN_NOT_UTF8, NULL },
	{ "\xe2\x98\x95.test", IDN_INVALID, NULL },
	{ "\xc2\xad", IDN_INVALID, NULL },
	{ LONG, IDN_INVALID, NULL },
	/* Fullwidth letters are letters; an underscore is part of a name. */
	{ "\xef\xbd\x81_b.test", IDN_CONVERTED, "a_b.test" },
	/* An ideographic blank, a fullwidth slash, colon and at sign, a/c in
	 * one character: no host has what they become. */
	{ "a\xe3\x80\x80"
	  "b.test",
	    IDN_INVALID, NULL },
	{ "a\xef\xbc\x8f"
	  "b.test",
	    IDN_INVALID, NULL },
	{ "a\xef\xbc\x9a"
	  "80.test",
	    IDN_INVALID, NULL },
	{ "a\xef\xbc\xa0"
	  "b.test",
	    IDN_INVALID, NULL },
	{ "\xe2\x84\x80.test", IDN_INVALID, NULL },
};

static void
expect_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *ascii = NULL;
		enum idn_result result = idn_to_ascii(rows[i].name, &ascii);

		if (result != rows[i].result ||
		    (ascii == NULL) != (rows[i].ascii == NULL) ||
		    (ascii != NULL && strcmp(ascii, rows[i].ascii) != 0))
			fail_msg("%s: %d %s", rows[i].name, (int)result,
			    ascii != NULL ? ascii : "-");
		free(ascii);
	}
}

static void
test_conversion(void **state)
{
	(void)state;
	expect_rows();
}

/* The locale does not count, and stays as it is. */
static void
test_locale(void **state)
{
	(void)state;
	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		skip();
	expect_rows();
	assert_string_equal(setlocale(LC_ALL, NULL), "C.UTF-8");
	setlocale(LC_ALL, "C");
}

static void
test_equality(void **state)
{
	static const char name[] = "b\xc3\xbc"
				   "cher.test";

	(void)state;
	assert_true(idn_equal("www.test", "WWW.test."));
	assert_false(idn_equal("www.test", "www.tes"));
	assert_true(idn_equal(name, name));
	assert_true(idn_equal(name,
	    "B\xc3\x9c"
	    "CHER.test."));
	assert_true(idn_equal(name, "XN--Bcher-kva.test"));
	assert_true(idn_equal("xn--bcher-kva.test.", name));
	assert_false(idn_equal(name, "bucher.test"));
	assert_false(idn_equal(name, "xn--bcher-kvb.test"));
	assert_true(idn_equal("\xfc.test", "\xfc.test."));
	assert_false(idn_equal("\xfc.test", name));
	assert_false(idn_equal("\xe2\x98\x95.test", name));
}

/* What is ASCII opens no library. */
static void
test_library(void **state)
{
	char *ascii;
	void *library;

	(void)state;
	idn_to_ascii("www.example", &ascii);
	idn_equal("a.test", "b.test");
	library = dlopen("libidn2.so.0", RTLD_NOW | RTLD_NOLOAD);
	assert_null(library);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_locale),
		cmocka_unit_test(test_equality),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
