/* SPDX-License-Identifier: ISC */
/*
 * The files under /etc that decide how names are resolved.
 *
 * They are written to a tmpfs that lies over /tmp for just that moment, and
 * mounted over their originals.  Where one of them has no original, nothing
 * can be mounted over it: then the whole of /etc is replaced by a copy made
 * of mounts.  The file system itself is never written to.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "etc_files.h"
#include "memory.h"

#define STAGE     "/tmp"
#define STAGE_ETC STAGE "/etc"
#define FILES_MAX 4
#define PATH_SIZE 512

#define LOCALHOST_LINES         \
	"127.0.0.1 localhost\n" \
	"::1 localhost ip6-localhost ip6-loopback\n"
#define NSSWITCH_LINES                                 \
	"passwd: files\ngroup: files\nshadow: files\n" \
	"services: files\nprotocols: files\n"
#define NSSWITCH_HOSTS "hosts: files dns\n"

struct etc_file {
	const char *name;
	char *content;
	size_t length;
};

/* Writes the lines that name the servers. */
static char *
nameserver_lines(const struct scenario *scenario)
{
	char *lines = memory_new(scenario->nameserver_count + 1,
	    sizeof("nameserver \n") + IP_TEXT_MAX);
	char address[IP_TEXT_MAX];
	size_t i, used = 0;

	for (i = 0; i < scenario->nameserver_count; i++)
		used += (size_t)sprintf(lines + used, "nameserver %s\n",
		    ip_format(&scenario->nameservers[i].ip, address));
	return (lines);
}

/* Joins a fixed beginning and the lines of the scenario. */
static void
add_file(struct etc_file *file, const char *name, const char *beginning,
    const struct text *lines)
{
	size_t length = strlen(beginning);

	file->name = name;
	file->length = length + lines->length;
	file->content = memory_new(file->length + 1, 1);
	memcpy(file->content, beginning, length);
	if (lines->length > 0)
		memcpy(file->content + length, lines->bytes, lines->length);
}

/* Composes the files; returns how many there are. */
static size_t
compose(struct etc_file *files, const struct scenario *scenario)
{
	bool scripted = scenario->nsswitch_lines.length > 0;
	char *servers = nameserver_lines(scenario);
	size_t count = 0;

	add_file(
	    &files[count++], "resolv.conf", servers, &scenario->resolv_lines);
	add_file(
	    &files[count++], "hosts", LOCALHOST_LINES, &scenario->hosts_lines);
	add_file(&files[count++], "nsswitch.conf",
	    scripted ? NSSWITCH_LINES : NSSWITCH_LINES NSSWITCH_HOSTS,
	    &scenario->nsswitch_lines);
	if (scenario->gai_lines.length > 0)
		add_file(&files[count++], "gai.conf", "", &scenario->gai_lines);
	free(servers);
	return (count);
}

static bool
write_file(const char *directory, const struct etc_file *file)
{
	char path[PATH_SIZE];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, file->name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1)
		return (false);
	good = fchmod(fd, 0644) == 0 &&
	    write(fd, file->content, file->length) == (ssize_t)file->length;
	close(fd);
	return (good);
}

/* Mounts every file over its original. */
static bool
cover(const struct etc_file *files, size_t count)
{
	char staged[PATH_SIZE], original[PATH_SIZE];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(staged, sizeof(staged), STAGE "/%s", files[i].name);
		snprintf(original, sizeof(original), "/etc/%s", files[i].name);
		if (!write_file(STAGE, &files[i]) ||
		    mount(staged, original, "none", MS_BIND, NULL) == -1)
			return (false);
	}
	return (true);
}

/* Gives the copy of /etc an entry that is the original. */
static bool
copy_entry(const char *name)
{
	char from[PATH_SIZE], to[PATH_SIZE], target[PATH_MAX];
	struct stat status;
	ssize_t length;
	int fd;

	snprintf(from, sizeof(from), "/etc/%s", name);
	snprintf(to, sizeof(to), STAGE_ETC "/%s", name);
	if (lstat(from, &status) == -1)
		return (false);
	if (S_ISLNK(status.st_mode)) {
		length = readlink(from, target, sizeof(target) - 1);
		if (length == -1)
			return (false);
		target[length] = '\0';
		return (symlink(target, to) == 0);
	}
	if (S_ISDIR(status.st_mode))
		return (mkdir(to, 0755) == 0 &&
		    mount(from, to, "none", MS_BIND | MS_REC, NULL) == 0);
	fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd != -1)
		close(fd);
	return (fd != -1 && mount(from, to, "none", MS_BIND, NULL) == 0);
}

static bool
is_own(const char *name, const struct etc_file *files, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(files[i].name, name) == 0)
			return (true);
	return (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
}

/* An entry that cannot be had is missing from the copy. */
static bool
copy_etc(const struct etc_file *files, size_t count)
{
	struct dirent *entry;
	DIR *directory;
	size_t i;

	if (mkdir(STAGE_ETC, 0755) == -1)
		return (false);
	directory = opendir("/etc");
	if (directory == NULL)
		return (false);
	while ((entry = readdir(directory)) != NULL)
		if (!is_own(entry->d_name, files, count))
			copy_entry(entry->d_name);
	closedir(directory);
	for (i = 0; i < count; i++)
		if (!write_file(STAGE_ETC, &files[i]))
			return (false);
	return (mount(STAGE_ETC, "/etc", "none", MS_BIND | MS_REC, NULL) == 0);
}

static bool
all_exist(const struct etc_file *files, size_t count)
{
	char path[PATH_SIZE];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/etc/%s", files[i].name);
		if (access(path, F_OK) == -1)
			return (false);
	}
	return (true);
}

/* A name service cache would answer from the system's network. */
static void
hide_cache(void)
{
	if (access("/run/nscd", F_OK) == 0)
		mount("none", "/run/nscd", "tmpfs", 0, NULL);
}

const char *
etc_files_install(const struct scenario *scenario)
{
	struct etc_file files[FILES_MAX];
	size_t i, count;
	bool good;
	int saved;

	if (mount("none", STAGE, "tmpfs", 0, "mode=0755") == -1)
		return ("a tmpfs over " STAGE);
	count = compose(files, scenario);
	good = all_exist(files, count) ? cover(files, count)
				       : copy_etc(files, count);
	saved = errno;
	for (i = 0; i < count; i++)
		free(files[i].content);
	umount2(STAGE, MNT_DETACH);
	hide_cache();
	errno = saved;
	return (good ? NULL : "files mounted over those in /etc");
}
