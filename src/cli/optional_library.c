/* SPDX-License-Identifier: ISC */
/*
 * The program has no path of its own, as it can be installed, or moved, to
 * anywhere: it looks beside itself first.
 */
#ifdef __linux__
#include <sys/auxv.h>
#endif
#include <sys/stat.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "optional_library.h"

/* Where the library may be: from the folder of the program on. "" is where the
 * system has its libraries. */
static const char *const places[] = {
	"build/",  /* ./hecat, in the tree that it was built in */
	"./",      /* build/VARIANT/hecat, likewise */
	"../lib/", /* PREFIX/bin/hecat */
	"",
};

bool
optional_library_path(char *text, const char *path, const char *rest)
{
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
	int length = snprintf(text, PATH_MAX, "%.*s%s", folder, path, rest);

	return (length > 0 && length < PATH_MAX);
}

/*
 * Finds the file of the program; "" where the system does not tell, and where
 * the program has rights that its user does not have.
 */
static void
find_program(char *path)
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	path[length > 0 ? length : 0] = '\0';
#ifdef __linux__
	if (getauxval(AT_SECURE) != 0) {
		path[0] = '\0';
		return;
	}
	/* Without /proc: as it was executed. */
	if (length <= 0 && getauxval(AT_EXECFN) != 0)
		snprintf(
		    path, PATH_MAX, "%s", (const char *)getauxval(AT_EXECFN));
#endif
	if (strchr(path, '/') == NULL)
		path[0] = '\0';
}

/*
 * Whether only those who could change the program could put a file there: a
 * copy of the program in /tmp does not load what another user put beside it.
 */
static bool
is_as_safe(const char *file, const char *program)
{
	char folder[PATH_MAX];
	struct stat there, own;

	return (optional_library_path(folder, file, ".") &&
	    stat(folder, &there) == 0 && stat(program, &own) == 0 &&
	    (there.st_mode & S_IWOTH) == 0 &&
	    (there.st_uid == 0 || there.st_uid == own.st_uid ||
		there.st_uid == geteuid()));
}

void *
optional_library_open(const char *name, char *path)
{
	char program[PATH_MAX], file[NAME_MAX + 1];
	void *library = NULL;

	find_program(program);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bool is_beside = places[i][0] != '\0';

		if (library != NULL || (is_beside && program[0] == '\0'))
			continue;
		snprintf(file, sizeof(file), "%s%s", places[i], name);
		if (optional_library_path(
			path, is_beside ? program : "", file) &&
		    (!is_beside || is_as_safe(path, program)))
			library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	return (library);
}
