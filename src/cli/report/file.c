/* SPDX-License-Identifier: ISC */
/*
 * A new file beside the old one. The folder is opened once, so that the rename
 * is in the folder in which the file was made.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/file.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

/* How often a FIFO is checked for a reader. */
#define FIFO_CHECK_MS 20

/* The number of temporary names that are tried. */
#define NAME_TRIES 100

/* Bytes that a temporary name has more than the file's own. */
#define NAME_EXTRA 24

/* Opens the folder of a path, and keeps the name in it. */
static int
open_folder(struct report_file *file, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	file->name = strdup(slash == NULL ? path : slash + 1);
	if (slash == NULL)
		folder = strdup(".");
	else
		folder = slash == path ? strdup("/")
				       : strndup(path, (size_t)(slash - path));
	errno = ENOMEM;
	if (file->name != NULL && folder != NULL)
		file->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	return (file->folder == -1 ? errno : 0);
}

/* Makes the temporary file. `old` is the file to replace; NULL: none. */
static int
make_beside(struct report_file *file, const struct stat *old)
{
	size_t size = strlen(file->name) + NAME_EXTRA;
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

	file->temporary = malloc(size);
	if (file->temporary == NULL)
		return (ENOMEM);
	for (unsigned i = 0; i < NAME_TRIES; i++) {
		snprintf(file->temporary, size, ".%s.%lx%02u", file->name,
		    (unsigned long)getpid(), i);
		file->fd = openat(file->folder, file->temporary, flags,
		    old == NULL ? 0666 : 0600);
		if (file->fd != -1 || errno != EEXIST)
			break;
	}
	if (file->fd == -1)
		return (errno);
	if (old == NULL)
		return (0);
	if (fchown(file->fd, old->st_uid, old->st_gid) == -1 ||
	    fchmod(file->fd, old->st_mode & 07777) == -1)
		return (errno);
	return (0);
}

/* Opens the file itself, without waiting for the reader of a FIFO. */
static int
open_nonblocking(struct report_file *file, const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK |
	    O_CLOEXEC;

	file->fd = open(path, flags, 0666);
	return (file->fd == -1 ? errno : 0);
}

/* Returns whether an error of open() may be over when a reader comes. */
static bool
awaits_reader(const char *path, int error)
{
	struct stat status;

	return (error == ENXIO && stat(path, &status) == 0 &&
	    S_ISFIFO(status.st_mode));
}

int
report_file_open_in_place(
    struct report_file *file, const char *path, monotime_t patience)
{
	monotime_t end = clock_after(clock_now(), patience);
	int error;

	*file = REPORT_FILE_NONE;
	error = open_nonblocking(file, path);
	while (error == EINTR || awaits_reader(path, error)) {
		if (clock_now() >= end)
			return (ETIMEDOUT);
		poll(NULL, 0, FIFO_CHECK_MS);
		error = open_nonblocking(file, path);
	}
	return (error);
}

/* Returns whether a file can be replaced: a regular one with one name. */
static bool
is_replaceable(const char *path, const struct stat *status)
{
	return (S_ISREG(status->st_mode) && status->st_nlink == 1 &&
	    access(path, W_OK) == 0);
}

/* Opens a temporary file. An errno may mean that the file has to be written in
 * place.
 */
static int
open_beside(struct report_file *file, const char *path)
{
	struct stat old;
	bool is_there = lstat(path, &old) == 0;
	int error;

	if (is_there ? !is_replaceable(path, &old) : errno != ENOENT)
		return (ENOTSUP);
	error = open_folder(file, path);
	if (error == 0)
		error = make_beside(file, is_there ? &old : NULL);
	return (error);
}

/* Returns whether an errno rules out a temporary file but not the file itself.
 */
static bool
allows_in_place(int error)
{
	return (error == ENOTSUP || error == EACCES || error == EPERM ||
	    error == EROFS || error == ENAMETOOLONG);
}

int
report_file_open(
    struct report_file *file, const char *path, monotime_t patience)
{
	int error;

	*file = REPORT_FILE_NONE;
	error = open_beside(file, path);
	if (error == 0)
		return (0);
	report_file_release(file);
	/* A shortage must not cost the old file. */
	if (!allows_in_place(error))
		return (error);
	return (report_file_open_in_place(file, path, patience));
}

int
report_file_commit(struct report_file *file)
{
	int error = 0;

	/* A write may fail only now (NFS, quotas). */
	if (close(file->fd) == -1 && errno != EINTR)
		error = errno;
	file->fd = -1;
	if (file->folder == -1 || error != 0)
		return (error);
	if (renameat(file->folder, file->temporary, file->folder, file->name) ==
	    -1)
		return (errno);
	free(file->temporary);
	file->temporary = NULL;
	return (0);
}

void
report_file_release(struct report_file *file)
{
	if (file->fd != -1)
		close(file->fd);
	if (file->temporary != NULL)
		unlinkat(file->folder, file->temporary, 0);
	if (file->folder != -1)
		close(file->folder);
	free(file->temporary);
	free(file->name);
	*file = REPORT_FILE_NONE;
}
