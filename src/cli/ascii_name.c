/* SPDX-License-Identifier: ISC */
/*
 * A sentence for each result of idn_to_ascii().
 */
#include "ascii_name.h"
#include "text.h"

/* Prints what is wrong with a name. */
static enum status
fail(const char *host, const char *reason, FILE *err)
{
	fputs("hecat: ", err);
	text_print(err, host);
	fprintf(err, ": %s; write its ASCII form (xn--...)\n", reason);
	return (STATUS_USAGE);
}

enum status
ascii_name_check(enum idn_result result, const char *host, FILE *err)
{
	switch (result) {
	case IDN_ASCII:
	case IDN_CONVERTED:
		break;
	case IDN_NOT_UTF8:
		return (fail(host, "not a name in UTF-8", err));
	case IDN_INVALID:
		return (fail(host, "not a name that a host can have", err));
	case IDN_MISSING:
		return (fail(host,
		    "names that are not ASCII need libidn2, which is not here",
		    err));
	case IDN_NO_MEMORY:
		fprintf(err, "hecat: out of memory\n");
		return (STATUS_INTERNAL);
	}
	return (STATUS_OK);
}
