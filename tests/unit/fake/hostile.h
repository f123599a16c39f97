/* SPDX-License-Identifier: ISC */
/*
 * hostile.h: texts that are not to reach a terminal, or a reader of JSON, as
 * they are.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stddef.h>

/* Each byte of C0 but NUL, DEL, and each of C1; what turns the direction of
 * writing; what is not UTF-8. */
extern const char *const hostile_texts[];
extern const size_t hostile_count;

/* Fails the test with `fault`, if there is one, of an output of `text`. */
void hostile_check(const char *text, const char *fault);

#endif
