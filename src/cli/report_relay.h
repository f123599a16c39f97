/* SPDX-License-Identifier: ISC */
/*
 * report_relay.h: what is said about the end of a relay.
 */
#ifndef REPORT_RELAY_H
#define REPORT_RELAY_H

#include <stdio.h>

#include "relay.h"

/* Says what went wrong, and how much arrived or did not; or says nothing. */
void report_relay(FILE *out, const struct relay_result *result);

#endif
