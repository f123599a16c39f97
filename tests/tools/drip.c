/* SPDX-License-Identifier: ISC */
/*
 * Copies its standard input as a reader of one byte a second does, but without
 * the seconds.
 *
 *	drip COUNT PID-FILE DRIPPED GO
 *
 * Of the first COUNT bytes each is taken when the process whose number is in
 * PID-FILE, the one that writes, is at rest: it has done all it can do before
 * the next. Then DRIPPED is made and, when there is GO, all the rest copied.
 * After 120 seconds it is killed by SIGALRM.
 */
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "at_rest.h"
#include "meeting.h"

static char bytes[64 * 1024];

/* Copies what one read of `size` gives; returns how much that was. */
static size_t
copy(size_t size)
{
	ssize_t n = read(STDIN_FILENO, bytes, size);

	if (n == -1)
		err(1, "read");
	for (ssize_t done = 0, m; done < n; done += m) {
		m = write(STDOUT_FILENO, bytes + done, (size_t)(n - done));
		if (m == -1)
			err(1, "write");
	}
	return ((size_t)n);
}

int
main(int argc, char *argv[])
{
	pid_t writer;

	if (argc != 5)
		errx(2, "usage: drip COUNT PID-FILE DRIPPED GO");
	alarm(120);
	writer = meeting_read(argv[2]);
	for (long left = atol(argv[1]); left > 0; left--) {
		at_rest_wait(writer);
		if (copy(1) == 0)
			errx(1, "ended %ld bytes early", left);
	}
	meeting_touch(argv[3]);
	meeting_wait(argv[4]);
	while (copy(sizeof(bytes)) > 0)
		continue;
	return (0);
}
