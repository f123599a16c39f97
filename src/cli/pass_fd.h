/* SPDX-License-Identifier: ISC */
/*
 * pass_fd.h: the connected socket is handed to the parent, over standard
 * output; -F. ssh's ProxyUseFdpass wants that.
 */
#ifndef PASS_FD_H
#define PASS_FD_H

#include <stdio.h>

#include "status.h"

/*
 * Checks that standard output is a UNIX socket. Returns STATUS_OK; or prints on
 * `err` what is wrong and returns the exit status.
 */
enum status pass_fd_check(FILE *err);

/*
 * Hands over the socket `fd`, in the state that connect(2) leaves one in:
 * blocking, with Nagle's algorithm. It comes with one byte (SCM_RIGHTS). This
 * waits until standard output takes it. Returns 0, or -1 with errno.
 */
int pass_fd(int fd);

#endif
