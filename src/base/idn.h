/* SPDX-License-Identifier: ISC */
/*
 * idn.h: international names of hosts, and their ASCII form (IDNA 2008).
 *
 * libidn2 makes it, which is opened for a name that is not ASCII, and for no
 * other. The name is UTF-8, whatever the locale.
 */
#ifndef IDN_H
#define IDN_H

#include <stdbool.h>

enum idn_result {
	IDN_CONVERTED,
	IDN_ASCII,    /* it is ASCII, and stays as it is */
	IDN_NOT_UTF8, /* it may be in another encoding */
	IDN_INVALID,  /* no host can have this name */
	IDN_MISSING,  /* there is no libidn2 */
	IDN_NO_MEMORY
};

/*
 * Converts `name` to *ascii, which is the caller's to free; only with
 * IDN_CONVERTED there is one.
 */
enum idn_result idn_to_ascii(const char *name, char **ascii);

/*
 * Returns whether both names have the same ASCII form, without regard to case
 * and to a dot at their end.
 */
bool idn_equal(const char *a, const char *b);

#endif
