/* SPDX-License-Identifier: ISC */
/*
 * gai_error.h: the classes of the errors of getaddrinfo(3).
 *
 * Systems differ in their EAI_* values, and several values mean the same. All
 * code that decides by such a value uses these functions.
 */
#ifndef GAI_ERROR_H
#define GAI_ERROR_H

#include <netdb.h>
#include <stdbool.h>

enum gai_class {
	GAI_ADDRESSES, /* no error */
	GAI_NO_NAME,   /* negative answer: no such name (NXDOMAIN) */
	GAI_NO_DATA,   /* negative answer: no address of this family (NODATA) */
	GAI_FAILED,    /* the name server failed or did not answer */
	GAI_ERROR      /* this machine could not ask: memory, system calls */
};

/* The error of a name that exists and has no address of the family. */
#ifdef EAI_NODATA
#define GAI_ERROR_NO_DATA EAI_NODATA
#else
#define GAI_ERROR_NO_DATA EAI_NONAME
#endif

/* Returns the class of `error`, 0 or EAI_*. */
enum gai_class gai_error_class(int error);

/*
 * Returns whether `error` leaves open whether there are addresses: a negative
 * answer is final, as success is.
 */
bool gai_error_is_failure(int error);

/*
 * Returns the errno behind `error`: ENOMEM for EAI_MEMORY, `system_error` for
 * EAI_SYSTEM, 0 for the others.
 */
int gai_error_errno(int error, int system_error);

#endif
