/* SPDX-License-Identifier: ISC */
/*
 * libhecat_openssl is opened before the module, which finds that one and no
 * other; and the module is where that is.
 */
#include <dlfcn.h>
/* Before a header below defines _GNU_SOURCE, too late for glibc. */
#if !defined(__GLIBC__) || defined(_GNU_SOURCE)
#define HAS_DLADDR
#endif
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "optional_library.h"
#include "tls_module.h"

#define LIBRARY "libhecat_openssl.so.0"
#define MODULE  "hecat_tls.so"

/* Where the module may be, from the folder of the library on. */
static const char *const names[] = { MODULE, "hecat/" MODULE };

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
		if (module == NULL &&
		    optional_library_path(path, file, names[i]) &&
		    access(path, F_OK) == 0)
			module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return (module);
}

const struct tls_module *
tls_module_open(char *error)
{
	char path[PATH_MAX];
	void *library = optional_library_open(LIBRARY, path);
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
