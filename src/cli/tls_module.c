/* SPDX-License-Identifier: ISC */
/*
 * The program has no path of its own, as it can be installed, or moved, to
 * anywhere: it looks beside itself first. libhecat_openssl is opened before the
 * module, which finds that one and no other; and the module is where that is.
 */
#ifdef __linux__
#include <sys/auxv.h>
#endif
#include <sys/stat.h>
#include <dlfcn.h>
/* Before a header below defines _GNU_SOURCE, too late for glibc. */
#if !defined(__GLIBC__) || defined(_GNU_SOURCE)
#define HAS_DLADDR
#endif
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tls_module.h"

#define LIBRARY "libhecat_openssl.so.0"
#define MODULE  "hecat_tls.so"

/* Where the library may be: from the folder of the program on. "" is where the
 * system has its libraries. */
static const char *const places[] = {
	"build/",  /* ./hecat, in the tree that it was built in */
	"./",      /* build/VARIANT/hecat, likewise */
	"../lib/", /* PREFIX/bin/hecat */
	"",
};

/* Where the module may be, from the folder of the library on. */
static const char *const names[] = { MODULE, "hecat/" MODULE };

/*
 * Writes the folder of `path`, with its last slash, and `rest` behind it.
 * Returns false where that is too long.
 */
static bool
write_path(char *text, const char *path, const char *rest)
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

	return (write_path(folder, file, ".") && stat(folder, &there) == 0 &&
	    stat(program, &own) == 0 && (there.st_mode & S_IWOTH) == 0 &&
	    (there.st_uid == 0 || there.st_uid == own.st_uid ||
		there.st_uid == geteuid()));
}

/* Opens the library; writes its file to `path`. */
static void *
open_library(char *path)
{
	char program[PATH_MAX], file[2 * sizeof(LIBRARY)];
	void *library = NULL;

	find_program(program);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bool is_beside = places[i][0] != '\0';

		if (library != NULL || (is_beside && program[0] == '\0'))
			continue;
		snprintf(file, sizeof(file), "%s%s", places[i], LIBRARY);
		if (write_path(path, is_beside ? program : "", file) &&
		    (!is_beside || is_as_safe(path, program)))
			library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	return (library);
}

/* Returns the file of a library that the system has found; `path` otherwise. */
static const char *
file_of(void *library, const char *path)
{
#ifdef HAS_DLADDR
	Dl_info info;

	if (strchr(path, '/') == NULL &&
	    dladdr(dlsym(library, "hecat_openssl_new"), &info) != 0)
		return (info.dli_fname);
#else
	(void)library;
#endif
	return (path);
}

static void *
open_module(void *library, const char *library_path)
{
	const char *file = file_of(library, library_path);
	char path[PATH_MAX];
	void *module = NULL;

	/* The reason of a failure is that of the file that is there. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (module == NULL && write_path(path, file, names[i]) &&
		    access(path, F_OK) == 0)
			module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return (module);
}

const struct tls_module *
tls_module_open(char *error)
{
	char path[PATH_MAX];
	void *library = open_library(path);
	void *handle = library == NULL ? NULL : open_module(library, path);
	const struct tls_module *module = handle == NULL
	    ? NULL
	    : dlsym(handle, TLS_MODULE_SYMBOL);
	const char *reason = module == NULL ? dlerror() : NULL;

	if (module == NULL)
		snprintf(error, TLS_ERROR_MAX, "%s",
		    reason != NULL ? reason : "there is no " MODULE);
	else if (module->size != sizeof(*module) ||
	    module->version != HECAT_VERSION_NUMBER)
		snprintf(
		    error, TLS_ERROR_MAX, "its module is of another version");
	else
		return (module);
	return (NULL);
}
