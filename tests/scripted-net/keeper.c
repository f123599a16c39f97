/* SPDX-License-Identifier: ISC */
/*
 * The process between this program and the command.  It adopts what the
 * command's children leave behind, so that it can kill every descendant.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127
#define EXIT_SIGNAL         128
#define GRACE_S             1

int
keeper_exit_status(int status)
{
	if (WIFSIGNALED(status))
		return (EXIT_SIGNAL + WTERMSIG(status));
	return (WEXITSTATUS(status));
}

/* Becomes the command; a death of the keeper is also that of the command. */
static void
run_command(char *const command[], const sigset_t *mask, pid_t keeper)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(EXIT_SIGNAL + SIGKILL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], command);
	warn("%s", command[0]);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* Kills every child there is; returns how many. */
static int
kill_children(void)
{
	char path[64];
	int pid, count = 0;
	FILE *file;

	snprintf(
	    path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	if (file == NULL)
		return (0);
	while (fscanf(file, "%d", &pid) == 1)
		if (kill(pid, SIGKILL) == 0)
			count++;
	fclose(file);
	return (count);
}

/* Kills generation after generation: the orphans become children. */
static void
kill_descendants(pid_t command)
{
	int killed;
	pid_t ended;

	if (command != 0)
		kill(command, SIGKILL);
	do {
		killed = kill_children();
		ended = waitpid(-1, NULL, killed > 0 ? 0 : WNOHANG);
	} while (ended > 0 || (killed > 0 && errno == EINTR));
}

/* Reaps ended children; true, with the status, when the command is one. */
static bool
reap(pid_t command, int *status)
{
	int ended_status;
	bool found = false;
	pid_t ended;

	while ((ended = waitpid(-1, &ended_status, WNOHANG)) > 0) {
		if (ended == command) {
			*status = keeper_exit_status(ended_status);
			found = true;
		}
	}
	return (found);
}

/* Waits for the end of the command; returns its exit status. */
static int
keep(pid_t command, pid_t caller)
{
	struct timespec grace = { .tv_sec = GRACE_S };
	int signal, status = EXIT_SIGNAL + SIGKILL;
	bool hurry = false;
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		signal = sigtimedwait(&all, NULL, hurry ? &grace : NULL);
		if (getppid() != caller || (signal == -1 && errno == EAGAIN))
			break;
		if (signal == SIGCHLD && reap(command, &status)) {
			command = 0;
			break;
		}
		if (signal == SIGTERM) {
			kill(command, SIGTERM);
			hurry = true;
		}
	}
	kill_descendants(command);
	return (status);
}

pid_t
keeper_start(char *const command[], const sigset_t *mask)
{
	pid_t caller = getpid(), keeper = fork(), child;

	if (keeper != 0)
		return (keeper);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getppid() != caller)
		_exit(EXIT_SIGNAL + SIGKILL);
	keeper = getpid();
	child = fork();
	if (child == -1)
		err(EXIT_NOT_EXECUTABLE, "fork");
	if (child == 0)
		run_command(command, mask, keeper);
	_exit(keep(child, caller));
}
