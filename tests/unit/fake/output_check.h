/* SPDX-License-Identifier: ISC */
/*
 * output_check.h: what no output of the program may hold, and what JSON is.
 *
 * Oracles: they share no code with what they judge. Each returns what is wrong,
 * or NULL.
 */
#ifndef OUTPUT_CHECK_H
#define OUTPUT_CHECK_H

#include <stddef.h>

/*
 * Judges text for people: UTF-8, in which a terminal obeys nothing but the line
 * feed, and what stands in `allowed` (an escape sequence of SGR is written as
 * "\033").
 */
const char *output_fault(const char *text, size_t size, const char *allowed);

/*
 * Judges one JSON text (RFC 8259): nothing but one value and blanks, every
 * name once in its object, strings that are UTF-8 and hold no lone surrogate.
 */
const char *output_json_fault(const char *text, size_t size);

#endif
