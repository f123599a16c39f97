/* SPDX-License-Identifier: ISC */
/*
 * libidn2, opened for one conversion.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hostname.h"
#include "idn.h"
#include "text.h"

#define LIBRARY "libidn2.so.0"

/* From <idn2.h>, which is not there where this is built without it. */
enum {
	IDN2_OK = 0,
	IDN2_MALLOC = -100,
	IDN2_NFC_INPUT = 1,
	IDN2_NONTRANSITIONAL = 8
};

typedef int idn2_lookup_u8_function(
    const uint8_t *source, uint8_t **ascii, int flags);

static bool
is_ascii(const char *name)
{
	while (*name != '\0')
		if ((unsigned char)*name++ > 0x7f)
			return (false);
	return (true);
}

static bool
is_utf8(const char *name)
{
	uint32_t code;
	size_t length;

	for (; *name != '\0'; name += length) {
		length = text_decode(name, &code);
		if (length == 0)
			return (false);
	}
	return (true);
}

/*
 * Returns whether a name has a character that separates it from what surrounds
 * it in a URL or a request. The library makes a slash of a fullwidth one, and a
 * blank of an ideographic one.
 */
static bool
has_separator(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name == 0x7f ||
		    strchr("#%/:<>?@[\\]^|", *name) != NULL)
			return (true);
	return (false);
}

/* Converts a name that is UTF-8 by the function of the library. */
static enum idn_result
convert(idn2_lookup_u8_function *lookup, const char *name, char **ascii)
{
	uint8_t *converted = NULL;
	int error = lookup((const uint8_t *)name, &converted,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (error == IDN2_MALLOC)
		return (IDN_NO_MEMORY);
	/* One of characters that are ignored becomes "", which is no name. */
	if (error != IDN2_OK || *converted == '\0' ||
	    has_separator((const char *)converted)) {
		free(converted);
		return (IDN_INVALID);
	}
	*ascii = (char *)converted;
	return (IDN_CONVERTED);
}

enum idn_result
idn_to_ascii(const char *name, char **ascii)
{
	idn2_lookup_u8_function *lookup = NULL;
	enum idn_result result = IDN_MISSING;
	void *library, *symbol;

	if (is_ascii(name))
		return (IDN_ASCII);
	if (!is_utf8(name))
		return (IDN_NOT_UTF8);
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return (IDN_MISSING);
	symbol = dlsym(library, "idn2_lookup_u8");
	/* ISO C has no conversion to a pointer to a function. */
	memcpy(&lookup, &symbol, sizeof(lookup));
	if (lookup != NULL)
		result = convert(lookup, name, ascii);
	dlclose(library);
	return (result);
}

bool
idn_equal(const char *a, const char *b)
{
	char *left = NULL, *right = NULL;
	bool is_equal = hostname_equal(a, b);

	if (!is_equal &&
	    (idn_to_ascii(a, &left) == IDN_CONVERTED) +
		    (idn_to_ascii(b, &right) == IDN_CONVERTED) >
		0)
		is_equal = hostname_equal(
		    left != NULL ? left : a, right != NULL ? right : b);
	free(left);
	free(right);
	return (is_equal);
}
