/* SPDX-License-Identifier: ISC */
/*
 * file_window.h: a regular file read without a copy, part by part.
 *
 * A window shows one part of a file in memory, and moves on with the file's
 * offset, which it sets as read(2) does. It shows only what is worth it: for a
 * short rest, a file with holes (a file in memory would have them filled) or
 * with fewer blocks than bytes for another reason (it is compressed), and a
 * file that cannot be mapped there is read(2), which also finds the end.
 *
 * What is shown may only be handed to system calls. They fail with EFAULT where
 * the file has been cut off since or cannot be read; the program itself would
 * die of SIGBUS. Give the rest back then, and read(2). Of a page within which
 * the file was cut off, the rest shows as zeroes.
 */
#ifndef FILE_WINDOW_H
#define FILE_WINDOW_H

#include <stddef.h>

struct file_window {
	int fd;     /* the caller's; -1: there is nothing to show any more */
	char *base; /* what is mapped; NULL: nothing */
};

/* Shows nothing, and never will. */
#define FILE_WINDOW_NONE ((struct file_window){ .fd = -1 })

/*
 * Shows the part of the file that begins at its offset, in place of what was
 * shown before, and moves the offset to its end. Returns how much that is;
 * 0: read(2) instead.
 */
size_t file_window_next(struct file_window *window, const char **bytes);

/* Moves the offset back over the last `count` bytes, and shows no more. */
void file_window_give_back(struct file_window *window, size_t count);

void file_window_release(struct file_window *window);

#endif
