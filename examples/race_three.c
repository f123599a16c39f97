/* SPDX-License-Identifier: ISC */
/*
 * race_three COMMAND COMMAND COMMAND: runs shell commands as attempts of a
 * race, and prints which one was first to succeed.
 *
 * The second starts when the first has failed, or 250 ms after it, and so on.
 * When one exits with 0 the others are killed. Any number of commands will do.
 */
#include <sys/types.h>
#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <hecat.h>

#define COMMANDS_MAX 16

struct commands {
	char **texts;
	pid_t pids[COMMANDS_MAX]; /* 0: it does not run */
	size_t winner;
};

static void
start(struct hecat_race *race, size_t index, void *arg)
{
	struct commands *commands = arg;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", commands->texts[index],
		    (char *)NULL);
		_exit(127);
	}
	if (pid == -1)
		hecat_race_fail(race, index, errno);
	else
		commands->pids[index] = pid;
}

static void
cancel(struct hecat_race *race, size_t index, void *arg)
{
	struct commands *commands = arg;

	(void)race;
	if (commands->pids[index] == 0)
		return;
	kill(commands->pids[index], SIGTERM);
	waitpid(commands->pids[index], NULL, 0);
	commands->pids[index] = 0;
}

static void
done(struct hecat_race *race, size_t winner, void *arg)
{
	struct commands *commands = arg;

	commands->winner = winner;
	event_base_loopbreak(hecat_race_get_base(race));
}

static const struct hecat_race_methods methods = {
	sizeof(methods),
	start,
	cancel,
	done,
};

/* Reports each command that has exited. */
static void
on_child(evutil_socket_t number, short what, void *arg)
{
	struct hecat_race *race = arg;
	struct commands *commands = hecat_race_get_arg(race);
	size_t index;
	int status;

	(void)number;
	(void)what;
	for (index = 0; index < COMMANDS_MAX; index++) {
		if (commands->pids[index] == 0 ||
		    waitpid(commands->pids[index], &status, WNOHANG) <= 0)
			continue;
		commands->pids[index] = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			hecat_race_succeed(race, index);
		else
			hecat_race_fail(race, index, ECHILD);
	}
}

int
main(int argc, char **argv)
{
	const struct timeval delay = { 0, 250000 };
	struct commands commands = { argv + 1, { 0 }, HECAT_RACE_NOBODY };
	struct event_base *base = event_base_new();
	struct hecat_race *race = hecat_race_new(
	    base, &delay, &methods, &commands);
	struct event *child = evsignal_new(base, SIGCHLD, on_child, race);

	if (argc < 2 || argc > COMMANDS_MAX + 1) {
		fprintf(stderr, "usage: race_three COMMAND...\n");
		return (2);
	}
	event_add(child, NULL);
	hecat_race_more(race, (size_t)argc - 1);
	hecat_race_close(race, 0);
	event_base_dispatch(base);
	if (commands.winner != HECAT_RACE_NOBODY)
		printf("%s\n", commands.texts[commands.winner]);
	hecat_race_free(race);
	event_free(child);
	event_base_free(base);
	return (commands.winner == HECAT_RACE_NOBODY);
}
