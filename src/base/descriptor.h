/* SPDX-License-Identifier: ISC */
/*
 * descriptor.h: new descriptors that no child inherits. They are close-on-exec
 * from the beginning where the system can do that, and soon elsewhere.
 */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>

/* Like socket(2). Returns the descriptor, or -1 with errno. */
int descriptor_socket(int domain, int type, int protocol, bool nonblocking);

/* Like pipe(2), with both ends non-blocking. Returns 0, or -1 with errno. */
int descriptor_pipe(int ends[2]);

/*
 * Returns whether `error`, an errno, means a lack of descriptors or of the
 * kernel's buffers: it passes when this process or another one closes some.
 */
bool descriptor_is_shortage(int error);

/*
 * Returns whether `fd` is a terminal whose foreground is another process group:
 * reading from it stops this process (SIGTTIN), and what it writes gets among
 * the output of others, or stops it (SIGTTOU).
 */
bool descriptor_is_in_background(int fd);

#endif
