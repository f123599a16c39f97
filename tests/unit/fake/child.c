/* SPDX-License-Identifier: ISC */
/*
 * The child ends as another program: a leak check at its exit would call lost
 * what only the parent's threads, which it does not have, know of.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake/child.h"

int
child_run(int (*run)(void *arg), void *arg)
{
	char leave[16];
	int status = -1;
	pid_t child = fork();

	assert_int_not_equal(child, -1);
	if (child == 0) {
		snprintf(leave, sizeof(leave), "exit %d", run(arg));
		execl("/bin/sh", "sh", "-c", leave, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}
