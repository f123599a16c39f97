/* SPDX-License-Identifier: ISC */
/*
 * A signal is caught, so that the terminal is set right before it is raised
 * again; after a stop the line is asked for anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "password.h"

static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };

#define CAUGHT_COUNT (sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t signalled;

static void
on_signal(int number)
{
	signalled = number;
}

/* Catches the signals that are not ignored; *before has what was set. */
static void
catch_signals(struct sigaction before[CAUGHT_COUNT])
{
	struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

static void
restore_signals(const struct sigaction before[CAUGHT_COUNT])
{
	for (size_t i = 0; i < CAUGHT_COUNT; i++)
		sigaction(caught[i], &before[i], NULL);
}

/* Reads up to the end of a line; 0, or an errno. */
static int
read_line(int fd, char *line, size_t size)
{
	size_t count = 0;
	char byte = '\0';
	ssize_t n;

	while ((n = read(fd, &byte, 1)) == 1 && byte != '\n' && byte != '\r')
		if (count + 1 < size)
			line[count++] = byte;
	line[count] = '\0';
	if (n == 0 && count == 0)
		return (ENODATA);
	return (n == -1 ? errno : 0);
}

/* Asks once; EINTR: a signal has come, and is still to have its effect. */
static int
ask(int fd, const char *prompt, char *line, size_t size)
{
	struct sigaction before[CAUGHT_COUNT];
	struct termios shown, hidden;
	int error;

	if (tcgetattr(fd, &shown) == -1)
		return (errno);
	signalled = 0;
	catch_signals(before);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &hidden);
	error = write(fd, prompt, strlen(prompt)) == -1
	    ? errno
	    : read_line(fd, line, size);
	/* The end of the line was not shown. */
	if (write(fd, "\n", 1) == -1 && error == 0)
		error = errno;
	tcsetattr(fd, TCSAFLUSH, &shown);
	restore_signals(before);
	return (error);
}

int
password_read(const char *prompt, char *line, size_t size)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int error;

	if (fd == -1)
		return (errno);
	do {
		error = ask(fd, prompt, line, size);
		if (signalled != 0)
			raise(signalled);
	} while (error == EINTR);
	close(fd);
	return (error);
}
