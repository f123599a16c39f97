/* SPDX-License-Identifier: ISC */
/*
 * Runs a command for each connection, which is its standard input and output,
 * as inetd(8) does.
 *
 *	inetd COMMAND [ARGUMENT...]
 *
 * It is started by listen, which hands it one socket. The commands end with it.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <err.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* Where listen puts its socket. */
#define LISTENER 3

/* Becomes the command, in a process of its own. */
static void
become_command(int connection, char *argv[])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	dup2(connection, STDIN_FILENO);
	dup2(connection, STDOUT_FILENO);
	close(connection);
	close(LISTENER);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

int
main(int argc, char *argv[])
{
	if (argc < 2)
		errx(2, "a command is needed");
	/* Nobody waits for the commands. */
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int connection = accept(LISTENER, NULL, NULL);

		if (connection == -1)
			err(1, "accept");
		if (fork() == 0)
			become_command(connection, argv + 1);
		close(connection);
	}
}
