/* SPDX-License-Identifier: ISC */
/*
 * Command lines: arguments separated by NUL. Whatever is refused has a message
 * of one printable line, and nothing leaks.
 */
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define ARGUMENTS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Splits `text` of `size` bytes, which ends with NUL, into arguments. */
static int
split(char *text, size_t size, char *argv[])
{
	static char name[] = "hecat";
	int argc = 0;

	argv[argc++] = name;
	for (size_t at = 0; at < size && argc < ARGUMENTS_MAX;
	     at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	return (argc);
}

static void
check_message(const char *error)
{
	if (error[0] == '\0')
		abort();
	for (; *error != '\0'; error++)
		if (*error < 0x20 || *error > 0x7e)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *argv[ARGUMENTS_MAX + 1];
	char error[OPTIONS_ERROR_MAX];
	struct options options;

	if (text == NULL)
		return (0);
	memcpy(text, data, size);
	text[size] = '\0';
	if (options_parse(&options, split(text, size, argv), argv, error) ==
	    OPTIONS_INVALID)
		check_message(error);
	options_release(&options);
	free(text);
	return (0);
}
