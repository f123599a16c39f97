/* SPDX-License-Identifier: ISC */
/*
 * retry.h: when a connect that failed is tried again (--retry).
 *
 * The first delay is that of --retry-delay. Each further one is longer by as
 * much, up to RETRY_GROWTH times the first. It is cut short for a last try that
 * has the time of the first delay before the deadline. A value: it has no
 * clock, `now` is handed in.
 */
#ifndef RETRY_H
#define RETRY_H

#include <stdint.h>

#include "clock.h"

/* The longest delay, in first delays. */
#define RETRY_GROWTH 5

struct retry {
	int64_t left; /* retries that are allowed */
	monotime_t step;
	monotime_t delay;    /* the last one; 0: there was none */
	monotime_t deadline; /* MONOTIME_NEVER: there is none */
};

enum retry_verdict {
	RETRY_AGAIN,  /* at *at */
	RETRY_USED_UP /* no more are allowed */
};

/* Allows `retries`; INT64_MAX: any number of them. */
struct retry retry_make(
    int64_t retries, monotime_t first_delay, monotime_t deadline);

/*
 * Takes note that a try failed at `now`, and sets *at to when to start the next
 * one. At the deadline it is too late for that: the wait alone ends then.
 */
enum retry_verdict retry_failed(
    struct retry *retry, monotime_t now, monotime_t *at);

#endif
