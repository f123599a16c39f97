/* SPDX-License-Identifier: ISC */
/*
 * A system without libidn2.
 */
#include <dlfcn.h>
#include <string.h>

void *
dlopen(const char *file, int mode)
{
	static void *(*next)(const char *, int);
	void *symbol;

	if (file != NULL && strncmp(file, "libidn2", 7) == 0)
		return (NULL);
	if (next == NULL) {
		symbol = dlsym(RTLD_NEXT, "dlopen");
		memcpy(&next, &symbol, sizeof(next));
	}
	return (next(file, mode));
}
