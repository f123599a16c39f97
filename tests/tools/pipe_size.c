/* SPDX-License-Identifier: ISC */
/*
 * Prints how many bytes the pipe that is standard input holds.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
main(void)
{
	int size = fcntl(STDIN_FILENO, F_GETPIPE_SZ);

	if (size == -1)
		err(1, "standard input");
	printf("%d\n", size);
	return (0);
}
