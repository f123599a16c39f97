/* SPDX-License-Identifier: ISC */
/*
 * precise_base.h: the event loop of a program on the public library.
 */
#ifndef TESTS_TOOLS_PRECISE_BASE_H
#define TESTS_TOOLS_PRECISE_BASE_H

struct event_base;

/* Returns a base with precise timers, as hecat.h advises; exits without one. */
struct event_base *precise_base_new(void);

#endif
