/* SPDX-License-Identifier: ISC */
/*
 * A file with a number: written under another name, then renamed.
 */
#include <err.h>
#include <stdio.h>

#include "number_file.h"

void
number_file_write(const char *name, int number)
{
	char temporary[4096];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	file = fopen(temporary, "w");
	if (file == NULL)
		err(1, "%s", temporary);
	fprintf(file, "%d\n", number);
	if (fclose(file) != 0 || rename(temporary, name) == -1)
		err(1, "%s", name);
}
