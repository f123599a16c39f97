/* SPDX-License-Identifier: ISC */
/*
 * options/foreign.h: the options of nc, ncat and socat that hecat does not
 * have, or that mean something else here, with what to use instead.
 *
 * "nc" is OpenBSD's and the traditional one, "ncat" is Nmap's. The manual
 * prints these tables (COMING FROM NC, NCAT OR SOCAT), and a test holds it to
 * them.
 */
#ifndef OPTIONS_FOREIGN_H
#define OPTIONS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

struct foreign_option {
	char letter;        /* '\0': none */
	const char *name;   /* without the "--"; NULL: none */
	const char *of;     /* the programs that have it */
	const char *advice; /* what hecat does, and what to use instead */
};

/* An option that is the same there and here. */
struct foreign_same {
	char letter;      /* '\0': none */
	const char *name; /* likewise */
	const char *of;
};

/* An option that both have, and that means something else there. */
struct foreign_meaning {
	char letter;      /* '\0': none */
	const char *name; /* likewise */
	const char *of;
	const char *theirs; /* what it is there */
	const char *here;   /* what does that here, behind "is" */
};

/* A kind of socat address (TCP:host:port), be it for both families or one. */
struct foreign_address {
	const char *name;   /* without a "4" or "6" for the family */
	const char *advice; /* NULL: what hecat does */
};

/* An option of a socat address (TCP:host:port,bind=ADDR). */
struct foreign_setting {
	const char *name;
	const char *here; /* what does that here */
};

extern const struct foreign_option foreign_options[];
extern const size_t foreign_option_count;
extern const struct foreign_same foreign_sames[];
extern const size_t foreign_same_count;
extern const struct foreign_meaning foreign_meanings[];
extern const size_t foreign_meaning_count;
extern const struct foreign_address foreign_addresses[];
extern const size_t foreign_address_count;
extern const struct foreign_setting foreign_settings[];
extern const size_t foreign_setting_count;

/* Return the row of a letter, or of the name of `length` bytes; NULL: none. */
const struct foreign_option *foreign_find_letter(int letter);
const struct foreign_option *foreign_find_name(const char *name, size_t length);

/* Returns the row of a letter that hecat has, too; NULL: none. */
const struct foreign_meaning *foreign_find_meaning(int letter);

/* Returns the row of a kind, "TCP4" or "tcp" as well; NULL: none. */
const struct foreign_address *foreign_find_address(
    const char *typed, size_t length);

/* Returns the row of a name of `length` bytes; NULL: none. */
const struct foreign_setting *foreign_find_setting(
    const char *name, size_t length);

#endif
