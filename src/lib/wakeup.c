/* SPDX-License-Identifier: ISC */
/*
 * An eventfd, or a pipe.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include "descriptor.h"
#include "wakeup.h"

static bool
use_pipe(struct wakeup *wakeup)
{
	int pair[2];

	if (descriptor_pipe(pair) == -1)
		return (false);
	wakeup->readable = pair[0];
	wakeup->writable = pair[1];
	return (true);
}

bool
wakeup_init(struct wakeup *wakeup)
{
	wakeup->readable = wakeup->writable = -1;
#ifdef __linux__
	wakeup->readable = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	wakeup->writable = wakeup->readable;
	if (wakeup->readable != -1)
		return (true);
	/* A sandbox may refuse eventfd(2) only; a shortage concerns pipes, too.
	 */
	if (errno == EMFILE || errno == ENFILE)
		return (false);
#endif
	return (use_pipe(wakeup));
}

static bool
is_pipe(const struct wakeup *wakeup)
{
	return (wakeup->writable != wakeup->readable);
}

/*
 * A full pipe and a counter at its maximum fail with EAGAIN, and are readable.
 * After any other failure the write side of a pipe is closed, which makes it
 * readable.
 */
void
wakeup_signal(struct wakeup *wakeup)
{
	const uint64_t one = 1;
	ssize_t written;

	if (wakeup->writable == -1)
		return;
	do
		written = write(wakeup->writable, &one, sizeof(one));
	while (written == -1 && errno == EINTR);
	if (written == -1 && errno != EAGAIN && is_pipe(wakeup)) {
		close(wakeup->writable);
		wakeup->writable = -1;
	}
}

void
wakeup_clear(struct wakeup *wakeup)
{
	uint64_t some[64];
	ssize_t got;

	if (wakeup->readable == -1)
		return;
	do
		got = read(wakeup->readable, some, sizeof(some));
	while ((got > 0 && is_pipe(wakeup)) || (got == -1 && errno == EINTR));
}

void
wakeup_release(struct wakeup *wakeup)
{
	int error = errno;

	if (is_pipe(wakeup) && wakeup->writable != -1)
		close(wakeup->writable);
	if (wakeup->readable != -1)
		close(wakeup->readable);
	wakeup->readable = wakeup->writable = -1;
	errno = error;
}
