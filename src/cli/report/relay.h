/* SPDX-License-Identifier: ISC */
/*
 * report/relay.h: what is said about the end of a relay.
 */
#ifndef REPORT_RELAY_H
#define REPORT_RELAY_H

#include <stdio.h>

#include "relay/relay.h"

/*
 * Says what went wrong, and how much was not acknowledged; or says nothing.
 * `idle_timeout` is what was asked for.
 */
void report_relay(
    FILE *out, const struct relay_result *result, monotime_t idle_timeout);

/* Says what may explain a reply that is late or missing. */
void report_relay_notice(
    FILE *out, enum relay_notice notice, monotime_t shutdown_wait);

/* Says how much was moved in `duration`, at what rate, and what was left. */
void report_transfer(
    FILE *out, const struct relay_result *result, monotime_t duration);

#endif
