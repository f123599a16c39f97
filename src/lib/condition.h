/* SPDX-License-Identifier: ISC */
/*
 * condition.h: condition variables that wait until a time on the monotonic
 * clock, as all times of the library are.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <pthread.h>
#include <stdbool.h>

#include "clock.h"

/* Returns false when it cannot be made. */
bool condition_init(pthread_cond_t *condition);

/* Waits for a signal, until `end` at most; MONOTIME_NEVER: for ever. */
void condition_wait_until(
    pthread_cond_t *condition, pthread_mutex_t *lock, monotime_t end);

#endif
