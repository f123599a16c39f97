/* SPDX-License-Identifier: ISC */
/*
 * The sentences of a scenario that are long enough to be parsed on their own.
 * Only scenario.c includes this.
 *
 * Each function reads the words after the first, and returns false with the
 * error of the words set when they make no sense.
 */
#ifndef SENTENCE_H
#define SENTENCE_H

#include "scenario.h"
#include "words.h"

bool sentence_host(struct scenario *scenario, struct words *words);
bool sentence_name(struct scenario *scenario, struct words *words);

/* Takes an address. */
bool sentence_take_ip(struct words *words, struct ip *ip);

/* Takes "from DURATION" in nanoseconds; without it that is 0. */
bool sentence_take_from(struct words *words, int64_t *from);

/* Tells whether a word looks like an address, a prefix or one with a port. */
bool sentence_is_address(const char *word);

#endif
