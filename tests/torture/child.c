/* SPDX-License-Identifier: ISC */
/*
 * Starting the program and waiting for its end.
 */
#include <sys/wait.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

/* Puts `fd` in place of a standard stream. */
static void
put(int fd, int standard)
{
	if (fd == -1)
		close(standard);
	else if (dup2(fd, standard) == -1)
		_exit(127);
}

void
child_start(struct child *child, const char *program, char *const argv[],
    int in, int out)
{
	int pair[2];

	memset(child, 0, sizeof(*child));
	if (pipe2(pair, O_CLOEXEC) == -1)
		err(2, "pipe");
	child->pid = fork();
	if (child->pid == -1)
		err(2, "fork");
	if (child->pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		put(in, STDIN_FILENO);
		put(out, STDOUT_FILENO);
		put(pair[1], STDERR_FILENO);
		execv(program, argv);
		warn("%s", program);
		_exit(127);
	}
	close(pair[1]);
	child->err_fd = pair[0];
}

static void
reap(struct child *child)
{
	close(child->err_fd);
	child->err_fd = -1;
	while (waitpid(child->pid, &child->status, 0) == -1)
		if (errno != EINTR)
			err(2, "waitpid");
	child->ended = true;
}

void
child_read(struct child *child)
{
	char bytes[512];
	ssize_t n = read(child->err_fd, bytes, sizeof(bytes));
	size_t room = sizeof(child->err) - 1 - child->err_size;

	if (n <= 0) {
		reap(child);
		return;
	}
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(child->err + child->err_size, bytes, room);
	child->err_size += room;
}

void
child_kill(struct child *child)
{
	kill(child->pid, SIGKILL);
	reap(child);
}
