/* SPDX-License-Identifier: ISC */
/*
 * Runs a command to which the kernel refuses some system calls.
 *
 *	refuse ERRNO CALL[,CALL...] COMMAND [ARGUMENT...]
 *
 * ERRNO is a name, such as EPERM or ENOSYS; the calls are those of the kernel
 * (openat, not open). A call that the start of a process needs cannot be
 * refused so: the command does not start then.
 */
#include <err.h>
#include <unistd.h>

#include "refusal.h"

int
main(int argc, char *argv[])
{
	struct refusal refusal = { .count = 0 };

	if (argc < 4)
		errx(2, "usage: refuse ERRNO CALL[,CALL...] COMMAND...");
	refusal.error = refusal_error(argv[1]);
	if (refusal.error == 0)
		errx(2, "%s: no errno", argv[1]);
	if (!refusal_add(&refusal, argv[2]))
		errx(2, "%s: unknown system call, or too many", argv[2]);
	if (refusal_apply(&refusal) == -1)
		err(2, "seccomp");
	execvp(argv[3], argv + 3);
	err(127, "%s", argv[3]);
}
