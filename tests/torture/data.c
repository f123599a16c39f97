/* SPDX-License-Identifier: ISC */
/*
 * Known bytes, eight at a time, and the model of line ends.
 */
#include <string.h>

#include "data.h"
#include "random.h"

/* The number of 256 values that become LF, and the same for CR. */
#define TEXT_SHARE 24

static void
make_text(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] < TEXT_SHARE)
			bytes[i] = '\n';
		else if (bytes[i] < 2 * TEXT_SHARE)
			bytes[i] = '\r';
	}
}

void
data_fill(
    const struct data *data, uint64_t offset, unsigned char *bytes, size_t size)
{
	unsigned char *start = bytes;
	size_t left = size;

	while (left > 0) {
		uint64_t word = random_mix(
		    data->key + offset / sizeof(word) + 1);
		size_t skip = offset % sizeof(word);
		size_t n = sizeof(word) - skip;

		if (n > left)
			n = left;
		memcpy(bytes, (unsigned char *)&word + skip, n);
		bytes += n;
		offset += n;
		left -= n;
	}
	if (data->text)
		make_text(start, size);
}

void
data_check_init(struct data_check *check, const struct data *data, bool crlf)
{
	memset(check, 0, sizeof(*check));
	check->data = *data;
	check->crlf = crlf;
}

/* Fills the window from `position` on; false at the end of the stream. */
static bool
load_window(struct data_check *check)
{
	uint64_t left = check->data.size - check->position;

	if (left == 0)
		return (false);
	check->window_at = check->position;
	check->window_size = left < DATA_WINDOW ? (size_t)left : DATA_WINDOW;
	data_fill(
	    &check->data, check->window_at, check->window, check->window_size);
	return (true);
}

static void
add_plain(struct data_check *check, const unsigned char *bytes, size_t size)
{
	while (size > 0 && !check->differs) {
		size_t n;

		if (!load_window(check)) {
			check->differs = true;
			return;
		}
		n = size < check->window_size ? size : check->window_size;
		if (memcmp(bytes, check->window, n) != 0) {
			for (n = 0; bytes[n] == check->window[n]; n++)
				;
			check->differs = true;
		}
		check->position += n;
		check->count += n;
		bytes += n;
		size -= n;
	}
}

/* Returns the byte that has to come next with CRLF for LF; -1: none. */
static int
next_byte(struct data_check *check)
{
	unsigned char byte;

	if ((check->window_size == 0 ||
		check->position - check->window_at >= check->window_size) &&
	    !load_window(check))
		return (-1);
	byte = check->window[check->position - check->window_at];
	if (byte == '\n' && !check->after_cr && !check->cr_given) {
		check->cr_given = true;
		return ('\r');
	}
	check->cr_given = false;
	check->after_cr = byte == '\r';
	check->position++;
	return (byte);
}

void
data_check_add(
    struct data_check *check, const unsigned char *bytes, size_t size)
{
	if (!check->crlf) {
		add_plain(check, bytes, size);
		return;
	}
	for (size_t i = 0; i < size && !check->differs; i++) {
		if (next_byte(check) == bytes[i])
			check->count++;
		else
			check->differs = true;
	}
}

bool
data_check_is_complete(const struct data_check *check)
{
	return (!check->differs && check->position == check->data.size);
}
