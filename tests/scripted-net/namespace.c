/* SPDX-License-Identifier: ISC */
/*
 * Namespaces of this program's own.  Root makes them directly; everybody else,
 * and a root without the capability, is root of a user namespace first.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "namespace.h"

#define OWN_NAMESPACES (CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS)

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), saved;
	bool good;

	if (fd == -1)
		return (false);
	good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	saved = errno;
	close(fd);
	errno = saved;
	return (good);
}

/* Maps the one user and the one group there are to root. */
static bool
become_root(uid_t uid, gid_t gid)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "0 %lu 1", (unsigned long)uid);
	snprintf(groups, sizeof(groups), "0 %lu 1", (unsigned long)gid);
	/* Kernels before 3.19 have no such file, and need none. */
	if (!write_file("/proc/self/setgroups", "deny") && errno != ENOENT)
		return (false);
	return (write_file("/proc/self/uid_map", users) &&
	    write_file("/proc/self/gid_map", groups));
}

const char *
namespace_enter(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid != 0 || unshare(OWN_NAMESPACES) == -1) {
		if (unshare(OWN_NAMESPACES | CLONE_NEWUSER) == -1)
			return ("user and network namespaces");
		if (!become_root(uid, gid))
			return ("being root of a user namespace");
	}
	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1)
		return ("private mounts");
	return (NULL);
}
