/* SPDX-License-Identifier: ISC */
/*
 * child.h: a part of a test in a child of fork(2).
 */
#ifndef CHILD_H
#define CHILD_H

/*
 * Returns what `run` returns in a child, 0 to 255; fails the test when the
 * child ends in another way.
 */
int child_run(int (*run)(void *arg), void *arg);

#endif
