/* SPDX-License-Identifier: ISC */
/*
 * A process at rest, by its state and by how often it has been let run.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "at_rest.h"

/* How soon a process that was running is checked again. */
#define LOOK_MS 1

struct look {
	bool asleep;
	unsigned long runs;
};

/* Returns what stands behind `name` in the text. */
static const char *
value_of(const char *text, const char *name)
{
	const char *value = strstr(text, name);

	if (value == NULL)
		errx(1, "/proc has no %s", name);
	return (value + strlen(name));
}

/* Reads the status of the process; exits when there is none. */
static struct look
look_at(int status)
{
	char text[4096];
	ssize_t n = pread(status, text, sizeof(text) - 1, 0);

	if (n <= 0)
		err(1, "the process is gone");
	text[n] = '\0';
	return ((struct look){
	    .asleep = *value_of(text, "\nState:\t") == 'S',
	    .runs = strtoul(value_of(text, "\nvoluntary_ctxt_switches:"), NULL,
			10) +
		strtoul(
		    value_of(text, "\nnonvoluntary_ctxt_switches:"), NULL, 10),
	});
}

void
at_rest_wait(pid_t pid)
{
	char name[64];
	struct look before = { .asleep = false }, now;
	int status;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	status = open(name, O_RDONLY | O_CLOEXEC);
	if (status == -1)
		err(1, "%s", name);
	for (;;) {
		now = look_at(status);
		if (now.asleep && before.asleep && now.runs == before.runs)
			break;
		if (!now.asleep)
			poll(NULL, 0, LOOK_MS);
		before = now;
	}
	close(status);
}
