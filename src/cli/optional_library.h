/* SPDX-License-Identifier: ISC */
/*
 * optional_library.h: finds and opens a library that the program does without
 * until it is asked for: that of the tree that the program was built in, or
 * else the one that was installed with it, or that the system has. It is not
 * one that another user could have put there.
 */
#ifndef OPTIONAL_LIBRARY_H
#define OPTIONAL_LIBRARY_H

#include <stdbool.h>

/*
 * Opens the library `name`, "libNAME.so.0", which stays open, and writes its
 * file to `path`, a buffer of PATH_MAX bytes: one without a slash is that of
 * the system's. Returns NULL, with dlerror(3), where there is none.
 */
void *optional_library_open(const char *name, char *path);

/*
 * Writes the folder of `path`, with its last slash, and `rest` behind it to
 * `text`, a buffer of PATH_MAX bytes. Returns false where that is too long.
 */
bool optional_library_path(char *text, const char *path, const char *rest);

#endif
