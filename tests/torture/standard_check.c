/* SPDX-License-Identifier: ISC */
/*
 * What the program has left of the standard streams.
 */
#include <sys/ioctl.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "standard.h"

#define HEADER_BYTE '#'

static unsigned
check_stream(const struct standard_stream *stream, const char *name, FILE *out)
{
	struct termios settings;
	unsigned wrong = 0;
	int flags;

	if (stream->child == -1)
		return (0);
	flags = fcntl(stream->child, F_GETFL);
	if (flags != stream->flags) {
		fprintf(out, "the flags of %s were %#x and are %#x\n", name,
		    (unsigned)stream->flags, (unsigned)flags);
		wrong++;
	}
	/* A terminal that was hung up has no settings any more. */
	if (!stream->is_terminal || tcgetattr(stream->child, &settings) == -1)
		return (wrong);
	if (settings.c_iflag != stream->settings.c_iflag ||
	    settings.c_oflag != stream->settings.c_oflag ||
	    settings.c_cflag != stream->settings.c_cflag ||
	    settings.c_lflag != stream->settings.c_lflag) {
		fprintf(out, "the terminal of %s has other settings\n", name);
		wrong++;
	}
	return (wrong);
}

unsigned
standard_check_flags(const struct standard *standard, FILE *out)
{
	return (check_stream(&standard->in, "standard input", out) +
	    check_stream(&standard->out, "standard output", out));
}

unsigned
standard_check_unread(const struct standard *standard, uint64_t fed, FILE *out)
{
	const struct plan_stream *plan = &standard->plan->in;
	uint64_t expected = fed;
	uint64_t left;
	int queued = 0;

	if (plan->kind == KIND_FILE) {
		expected = plan->header;
		left = (uint64_t)lseek(standard->in.child, 0, SEEK_CUR);
	} else if (plan->kind == KIND_PIPE || plan->kind == KIND_SOCKET) {
		if (ioctl(standard->in.child, FIONREAD, &queued) == -1)
			err(2, "FIONREAD");
		left = (uint64_t)queued;
	} else {
		return (0);
	}
	if (left == expected)
		return (0);
	fprintf(out,
	    "standard input was read: %s %" PRIu64 ", expected %" PRIu64 "\n",
	    plan->kind == KIND_FILE ? "position" : "bytes left", left,
	    expected);
	return (1);
}

/* Returns whether all that came before is still there. */
static bool
header_is_intact(int fd, size_t size)
{
	char header[8192], wanted[8192];

	memset(wanted, HEADER_BYTE, size);
	return (pread(fd, header, size, 0) == (ssize_t)size &&
	    memcmp(header, wanted, size) == 0);
}

unsigned
standard_check_file(
    const struct standard *standard, struct data_check *check, FILE *out)
{
	unsigned char bytes[CHUNK_MAX];
	int fd = standard->out.file;
	off_t offset = (off_t)standard->plan->out.header;
	ssize_t n;

	if (fd == -1)
		return (0);
	if (!header_is_intact(fd, standard->plan->out.header)) {
		fprintf(out, "what was in the output file is overwritten\n");
		return (1);
	}
	while ((n = pread(fd, bytes, sizeof(bytes), offset)) > 0) {
		data_check_add(check, bytes, (size_t)n);
		offset += n;
	}
	return (0);
}
