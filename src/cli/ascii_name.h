/* SPDX-License-Identifier: ISC */
/*
 * ascii_name.h: the words for a name of a host that has no ASCII form (idn.h).
 */
#ifndef ASCII_NAME_H
#define ASCII_NAME_H

#include <stdio.h>

#include "idn.h"
#include "status.h"

/*
 * Prints on `err` why idn_to_ascii() has not converted `host`, unless it is
 * ASCII already; returns the exit status, or STATUS_OK.
 */
enum status ascii_name_check(
    enum idn_result result, const char *host, FILE *err);

#endif
