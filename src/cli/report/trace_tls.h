/* SPDX-License-Identifier: ISC */
/*
 * report/trace_tls.h: what one handshake has shown, kept for the reports.
 */
#ifndef REPORT_TRACE_TLS_H
#define REPORT_TRACE_TLS_H

#include "tls/tls.h"

/* Returns a copy, the caller's; NULL when out of memory. */
struct tls_facts *trace_tls_copy(const struct tls_facts *facts);

/* Frees a copy, which may be NULL. */
void trace_tls_free(struct tls_facts *copy);

#endif
