/* SPDX-License-Identifier: ISC */
/*
 * Code that has got into a relay: preloaded, it waits for the program to shut
 * down the write side of its connection, and then tries to open a file and to
 * run a program. What came of it goes to standard error.
 */
#include <sys/syscall.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
report(const char *what, bool done)
{
	fprintf(stderr, "intruder: %s: %s\n", what,
	    done ? "done" : strerror(errno));
}

static bool
run_true(void)
{
	char name[] = "true";
	char *const arguments[] = { name, NULL };
	pid_t child = fork();
	int status = -1;

	if (child > 0)
		return (waitpid(child, &status, 0) == child && status == 0);
	/* The child, or a process that may have none. */
	execv("/bin/true", arguments);
	if (child == 0)
		_exit(1);
	return (false);
}

int shutdown(int fd, int how);

int
shutdown(int fd, int how)
{
	report("open", open("/etc/passwd", O_RDONLY | O_CLOEXEC) != -1);
	report("execve", run_true());
	return ((int)syscall(SYS_shutdown, fd, how));
}
