/* SPDX-License-Identifier: ISC */
/*
 * Runs a command whose standard streams are special, and looks after them.
 *
 *	fdrun [-c FD] [-n FD] [-i KIND] [-o KIND] [-b KIND] [-k] [-H] [-B FILE]
 *	    [-J FOLDER] [-p FILE] [-t SECONDS] COMMAND [ARGUMENT...]
 *
 * -c closes the descriptor, -n sets O_NONBLOCK on it beforehand. -i makes
 * standard input, -o output and -b both of them one end of a KIND, which is
 * "socket" or "pty"; fdrun copies between the other end and its own standard
 * streams. The end of its input is passed on, to a terminal as ^D, unless -k
 * says to keep it open; with -H a terminal is hung up instead. -B runs the
 * command as a background job of its terminal, until FILE exists. -J lets it be
 * stopped by SIGTSTP, as by ^Z: then there is a file "stopped" in the FOLDER,
 * and a file "fg" or "bg" there, which is taken away, continues it in the
 * foreground or in the background. -p writes the process id of the command.
 *
 * It ends with the status of the command, and 128 more than the signal that
 * killed it, which is also named on standard error; with 98 when the command
 * was stopped otherwise; and with 99 when the status flags of a standard
 * stream, or the settings of the terminal, were changed at any time. After 120
 * seconds, or -t, it is killed by SIGALRM, and the command with it.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "meeting.h"

#define STATUS_STOPPED 98
#define STATUS_CHANGED 99

/* How often the command and its streams are checked, at least. */
#define TICK_MS 2

struct setup {
	const char *kinds[2]; /* of 0 and 1; NULL: as inherited */
	bool is_one;          /* -b */
	bool close[3];
	bool nonblock[3];
	bool keep_open;
	bool hang_up;
	const char *foreground_file;
	const char *job_folder;
	const char *pid_file;
	char **argv;
};

/* The two ends of what stands in for a standard stream. */
struct joint {
	int outer; /* -1: as inherited */
	int inner;
};

struct streams {
	struct joint joints[2];
	int terminal; /* the inner end of the pty; -1: none */
	int watched[3];
	int flags[3];
	struct termios settings;
};

/* Makes the only terminal there is: lines, but nothing echoed or rewritten. */
static struct joint
open_pty(struct streams *streams)
{
	struct joint joint = { posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC),
		-1 };
	struct termios settings;

	if (joint.outer == -1 || grantpt(joint.outer) == -1 ||
	    unlockpt(joint.outer) == -1)
		err(1, "pty");
	joint.inner = open(ptsname(joint.outer), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (joint.inner == -1 || tcgetattr(joint.inner, &settings) == -1)
		err(1, "pty");
	settings.c_lflag &= ~(tcflag_t)ECHO;
	settings.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(joint.inner, TCSANOW, &settings);
	streams->terminal = joint.inner;
	return (joint);
}

static struct joint
open_socket(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	return ((struct joint){ pair[0], pair[1] });
}

static struct joint
open_joint(struct streams *streams, const char *kind)
{
	struct joint joint;

	if (kind == NULL)
		return ((struct joint){ -1, -1 });
	if (strcmp(kind, "socket") == 0)
		joint = open_socket();
	else if (strcmp(kind, "pty") == 0)
		joint = open_pty(streams);
	else
		errx(2, "no such kind: %s", kind);
	fcntl(joint.outer, F_SETFL, O_RDWR | O_NONBLOCK);
	return (joint);
}

/* Notes how the streams are before the command has them. */
static void
watch(const struct setup *setup, struct streams *streams)
{
	for (int fd = 0; fd < 3; fd++) {
		int inner = fd < 2 ? streams->joints[fd].inner : -1;

		if (inner == -1)
			inner = fd;
		streams->watched[fd] = setup->close[fd]
		    ? -1
		    : fcntl(inner, F_DUPFD_CLOEXEC, 3);
		if (streams->watched[fd] == -1)
			continue;
		if (setup->nonblock[fd])
			fcntl(
			    inner, F_SETFL, fcntl(inner, F_GETFL) | O_NONBLOCK);
		streams->flags[fd] = fcntl(inner, F_GETFL);
	}
	if (streams->terminal != -1)
		tcgetattr(streams->terminal, &streams->settings);
}

static void
open_streams(const struct setup *setup, struct streams *streams)
{
	streams->terminal = -1;
	streams->joints[0] = open_joint(streams, setup->kinds[0]);
	streams->joints[1] = setup->is_one
	    ? streams->joints[0]
	    : open_joint(streams, setup->kinds[1]);
	watch(setup, streams);
}

/* Returns whether everything is as before; prints what is not. */
static bool
is_unchanged(const struct streams *streams)
{
	struct termios settings = streams->settings;

	for (int fd = 0; fd < 3; fd++) {
		int flags = streams->watched[fd] == -1
		    ? streams->flags[fd]
		    : fcntl(streams->watched[fd], F_GETFL);

		if (flags != streams->flags[fd]) {
			warnx("descriptor %d had flags %#o and has %#o", fd,
			    (unsigned)streams->flags[fd], (unsigned)flags);
			return (false);
		}
	}
	if (streams->terminal != -1 &&
	    tcgetattr(streams->terminal, &settings) == 0 &&
	    memcmp(&settings, &streams->settings, sizeof(settings)) != 0) {
		warnx("the settings of the terminal have changed");
		return (false);
	}
	return (true);
}

/* Takes the place of the command, with its streams in theirs. */
static void
become_command(const struct setup *setup, const struct streams *streams)
{
	for (int fd = 0; fd < 2; fd++)
		if (streams->joints[fd].inner != -1)
			dup2(streams->joints[fd].inner, fd);
	signal(SIGTTOU, SIG_IGN);
	if (streams->terminal != -1 && setup->foreground_file == NULL)
		tcsetpgrp(streams->terminal, getpid());
	signal(SIGTTOU, SIG_DFL);
	for (int fd = 0; fd < 3; fd++)
		if (setup->close[fd])
			close(fd);
	execvp(setup->argv[0], setup->argv);
	_exit(127);
}

/* Writes the name of a file in the job's folder. */
static const char *
job_file(const struct setup *setup, const char *word, char name[PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s/%s", setup->job_folder, word);
	return (name);
}

static bool
is_told(const struct setup *setup, const char *word)
{
	char name[PATH_MAX];

	return (access(job_file(setup, word, name), F_OK) == 0);
}

static void
take_away(const struct setup *setup, const char *word)
{
	char name[PATH_MAX];

	unlink(job_file(setup, word, name));
}

static void
set_foreground(const struct streams *streams, pid_t group)
{
	if (streams->terminal != -1)
		tcsetpgrp(streams->terminal, group);
}

/* Continues a job that was stopped, when it is time, as a shell does. */
static void
continue_job(
    const struct setup *setup, const struct streams *streams, pid_t command)
{
	char name[PATH_MAX];

	set_foreground(streams, getpgrp());
	meeting_touch(job_file(setup, "stopped", name));
	while (!is_told(setup, "fg") && !is_told(setup, "bg"))
		poll(NULL, 0, TICK_MS);
	if (is_told(setup, "fg"))
		set_foreground(streams, command);
	take_away(setup, "stopped");
	kill(-command, SIGCONT);
	/* Last: its existence shows the caller that all is done. */
	take_away(setup, "fg");
	take_away(setup, "bg");
}

/* Brings a job that runs to the foreground when it is time. */
static void
look_after(
    const struct setup *setup, const struct streams *streams, pid_t command)
{
	if (setup->foreground_file != NULL &&
	    access(setup->foreground_file, F_OK) == 0)
		set_foreground(streams, command);
	if (setup->job_folder != NULL && is_told(setup, "fg")) {
		set_foreground(streams, command);
		take_away(setup, "fg");
	}
}

/* Waits for the command to end; returns its status. */
static int
wait_for_end(
    const struct setup *setup, const struct streams *streams, pid_t command)
{
	int status;

	for (;;) {
		if (waitpid(command, &status, WUNTRACED | WNOHANG) == 0) {
			look_after(setup, streams, command);
			poll(NULL, 0, TICK_MS);
		} else if (WIFSTOPPED(status) && setup->job_folder != NULL &&
		    WSTOPSIG(status) == SIGTSTP) {
			continue_job(setup, streams, command);
		} else {
			return (status);
		}
	}
}

/* Waits for the command; returns the status to end with. */
static int
attend(const struct setup *setup, const struct streams *streams, pid_t command)
{
	int status = wait_for_end(setup, streams, command);

	if (WIFEXITED(status))
		return (WEXITSTATUS(status));
	if (WIFSTOPPED(status)) {
		warnx("stopped by signal %d", WSTOPSIG(status));
		kill(command, SIGKILL);
		return (STATUS_STOPPED);
	}
	warnx("killed by signal %d", WTERMSIG(status));
	return (128 + WTERMSIG(status));
}

/* Leads the session of the terminal, as a shell does. */
static int
lead(const struct setup *setup, const struct streams *streams)
{
	pid_t command;

	if (setup->hang_up)
		close(streams->joints[0].outer);
	if (streams->terminal != -1) {
		setsid();
		ioctl(streams->terminal, TIOCSCTTY, 0);
		signal(SIGTTOU, SIG_IGN);
	}
	command = fork();
	if (command == -1)
		err(1, "fork");
	if (command == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		become_command(setup, streams);
	}
	setpgid(command, command);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (setup->pid_file != NULL)
		meeting_write(setup->pid_file, command);
	return (attend(setup, streams, command));
}

/* What is on its way from our standard input to the command. */
struct pump {
	char bytes[4096];
	size_t begin;
	size_t end;
	bool is_open;
	bool is_terminal;
	bool keep_open;
	bool hang_up;
};

static void
end_input(struct pump *pump, int outer)
{
	pump->is_open = false;
	if (pump->keep_open)
		return;
	if (pump->hang_up) {
		close(outer);
		return;
	}
	if (pump->is_terminal) {
		pump->bytes[0] = '\004';
		pump->begin = 0;
		pump->end = 1;
	} else {
		shutdown(outer, SHUT_WR);
	}
}

/* Moves input on by one step. */
static void
pump_input(struct pump *pump, int outer)
{
	ssize_t n;

	if (pump->begin < pump->end) {
		n = write(
		    outer, pump->bytes + pump->begin, pump->end - pump->begin);
		if (n > 0)
			pump->begin += (size_t)n;
		else if (n == -1 && errno != EAGAIN) {
			pump->is_open = false;
			pump->begin = pump->end;
		}
		return;
	}
	n = read(STDIN_FILENO, pump->bytes, sizeof(pump->bytes));
	if (n <= 0) {
		end_input(pump, outer);
		return;
	}
	pump->begin = 0;
	pump->end = (size_t)n;
}

/*
 * Copies what the command has written; returns false when that has ended.
 * Whichever side is first to end, the other one shall know.
 */
static bool
pump_output(int outer)
{
	char bytes[4096];
	ssize_t n = read(outer, bytes, sizeof(bytes));

	if (n == -1 && errno == EAGAIN)
		return (true);
	if (n > 0 && write(STDOUT_FILENO, bytes, (size_t)n) == n)
		return (true);
	if (n > 0)
		shutdown(outer, SHUT_RDWR);
	close(STDOUT_FILENO);
	return (false);
}

/* Copies both ways until the leader has ended and all is copied. */
static int
copy(struct pump *pump, const struct streams *streams, pid_t leader)
{
	struct pollfd entries[] = {
		{ .events = POLLIN },
		{ .events = POLLOUT },
		{ .events = POLLIN },
	};
	bool is_running = true, output_open = streams->joints[1].outer != -1;
	int status = 0;

	while (is_running || output_open) {
		int outer = streams->joints[0].outer;
		bool is_full = pump->begin < pump->end;

		entries[0].fd = pump->is_open && !is_full ? STDIN_FILENO : -1;
		entries[1].fd = is_full ? outer : -1;
		entries[2].fd = output_open ? streams->joints[1].outer : -1;
		poll(entries, 3, TICK_MS);
		if (entries[0].revents != 0 || entries[1].revents != 0)
			pump_input(pump, outer);
		if (entries[2].revents != 0)
			output_open = pump_output(streams->joints[1].outer);
		else if (!is_running)
			output_open = false;
		if (!is_unchanged(streams))
			return (STATUS_CHANGED);
		if (is_running && waitpid(leader, &status, WNOHANG) == leader)
			is_running = false;
	}
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Runs the command and copies; returns the status to end with. */
static int
run(const struct setup *setup)
{
	struct pump pump = {
		.keep_open = setup->keep_open,
		.hang_up = setup->hang_up,
	};
	struct streams streams;
	pid_t leader;

	open_streams(setup, &streams);
	leader = fork();
	if (leader == -1)
		err(1, "fork");
	if (leader == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(lead(setup, &streams));
	}
	pump.is_open = streams.joints[0].outer != -1;
	pump.is_terminal = streams.terminal == streams.joints[0].inner;
	signal(SIGPIPE, SIG_IGN);
	return (copy(&pump, &streams, leader));
}

static int
parse_fd(const char *text)
{
	if (*text < '0' || *text > '2' || text[1] != '\0')
		errx(2, "no standard stream: %s", text);
	return (*text - '0');
}

/* Takes one option; false for one that there is not. */
static bool
take_option(struct setup *setup, int option)
{
	switch (option) {
	case 'c':
		setup->close[parse_fd(optarg)] = true;
		return (true);
	case 'n':
		setup->nonblock[parse_fd(optarg)] = true;
		return (true);
	case 'b':
		setup->is_one = true;
		setup->kinds[0] = setup->kinds[1] = optarg;
		return (true);
	case 'i':
	case 'o':
		setup->kinds[option == 'o'] = optarg;
		return (true);
	case 'k':
		setup->keep_open = true;
		return (true);
	case 'H':
		setup->hang_up = true;
		return (true);
	case 'B':
		setup->foreground_file = optarg;
		return (true);
	case 'J':
		setup->job_folder = optarg;
		return (true);
	case 'p':
		setup->pid_file = optarg;
		return (true);
	}
	return (false);
}

int
main(int argc, char *argv[])
{
	struct setup setup = { .argv = NULL };
	int option;

	alarm(120);
	while ((option = getopt(argc, argv, "+c:n:i:o:b:kHB:J:p:t:")) != -1) {
		if (option == 't')
			alarm((unsigned)atoi(optarg));
		else if (!take_option(&setup, option))
			return (2);
	}
	setup.argv = argv + optind;
	if (*setup.argv == NULL)
		errx(2, "a command is needed");
	return (run(&setup));
}
