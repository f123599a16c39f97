/* SPDX-License-Identifier: ISC */
/*
 * report/relay.h: the messages about a relay.
 */
#ifndef REPORT_RELAY_H
#define REPORT_RELAY_H

#include <stdio.h>

#include "relay/relay.h"

/*
 * Reports how a relay failed and how many bytes were not acknowledged; writes
 * nothing when it did not fail. `idle_timeout` is the value of -i.
 */
void report_relay(
    FILE *out, const struct relay_result *result, monotime_t idle_timeout);

/* Reports what may explain a reply that is late or missing. */
void report_relay_notice(
    FILE *out, enum relay_notice notice, monotime_t shutdown_wait);

/* Reports the bytes moved in `duration`, the rate, and the bytes left over. */
void report_transfer(
    FILE *out, const struct relay_result *result, monotime_t duration);

#endif
