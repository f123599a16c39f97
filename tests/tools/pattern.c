/* SPDX-License-Identifier: ISC */
/*
 * Writes a known stream of bytes, or checks whether what it reads is the
 * beginning of one.
 *
 *	pattern make {upload,download} SIZE
 *	pattern check {upload,download}
 *
 * check prints "N intact" or "N damaged", where N is the number of bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "known_bytes.h"

static unsigned char buffer[64 * 1024];

/* Writes all of the buffer's first `size` bytes. */
static bool
write_all(size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(STDOUT_FILENO, buffer + done, size - done);

		if (n == -1) {
			perror("pattern: write");
			return (false);
		}
		done += (size_t)n;
	}
	return (true);
}

static int
make(enum pattern pattern, uint64_t size)
{
	uint64_t offset = 0;

	while (offset < size) {
		size_t n = sizeof(buffer);

		if (n > size - offset)
			n = (size_t)(size - offset);
		pattern_fill(pattern, offset, buffer, n);
		if (!write_all(n))
			return (1);
		offset += n;
	}
	return (0);
}

static int
check(enum pattern pattern)
{
	uint64_t offset = 0;
	bool intact = true;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		if (!pattern_matches(pattern, offset, buffer, (size_t)n))
			intact = false;
		offset += (uint64_t)n;
	}
	if (n == -1) {
		perror("pattern: read");
		return (1);
	}
	printf("%" PRIu64 " %s\n", offset, intact ? "intact" : "damaged");
	return (0);
}

static bool
parse_pattern(enum pattern *pattern, const char *text)
{
	*pattern = strcmp(text, "upload") == 0 ? PATTERN_UPLOAD
					       : PATTERN_DOWNLOAD;
	return (*pattern == PATTERN_UPLOAD || strcmp(text, "download") == 0);
}

int
main(int argc, char *argv[])
{
	enum pattern pattern;
	uint64_t size;

	if (argc == 4 && strcmp(argv[1], "make") == 0 &&
	    parse_pattern(&pattern, argv[2]) &&
	    pattern_parse_size(&size, argv[3]))
		return (make(pattern, size));
	if (argc == 3 && strcmp(argv[1], "check") == 0 &&
	    parse_pattern(&pattern, argv[2]))
		return (check(pattern));
	fprintf(stderr,
	    "usage: pattern make {upload,download} SIZE\n"
	    "       pattern check {upload,download}\n");
	return (2);
}
