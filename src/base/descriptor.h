/* SPDX-License-Identifier: ISC */
/*
 * descriptor.h: descriptors: making them, and what they are.
 *
 * Each new descriptor is close-on-exec. Linux sets the flag when it makes the
 * descriptor; elsewhere a fork(2) by another thread may come in between.
 */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>

/* Like socket(2). Returns the descriptor, or -1 with errno. */
int descriptor_socket(int domain, int type, int protocol, bool nonblocking);

/*
 * Makes a descriptor of somebody else's non-blocking and close-on-exec. Returns
 * 0, or -1 with errno.
 */
int descriptor_adopt(int fd);

/* Like pipe(2), with both sides non-blocking. Returns 0, or -1 with errno. */
int descriptor_pipe(int pair[2]);

/*
 * Returns whether `error`, an errno, is a lack of descriptors or of the
 * kernel's buffers, which ends when this process or another one closes some.
 */
bool descriptor_is_shortage(int error);

/*
 * Returns whether `fd` is a terminal whose foreground is another process group:
 * a read stops this process (SIGTTIN), and its output mixes with that of
 * the foreground or stops it (SIGTTOU).
 */
bool descriptor_is_in_background(int fd);

#endif
