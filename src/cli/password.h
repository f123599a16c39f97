/* SPDX-License-Identifier: ISC */
/*
 * password.h: a password that is typed.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stddef.h>

/*
 * Shows `prompt` on the terminal of this process and reads a line from it,
 * which is not shown, into `line` of `size` bytes, without its end; what has no
 * room is left out. A signal meanwhile has its effect, with the terminal as it
 * was. Returns 0, or an errno: ENXIO and the like where there is no terminal.
 */
int password_read(const char *prompt, char *line, size_t size);

#endif
