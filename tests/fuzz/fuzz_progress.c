/* SPDX-License-Identifier: ISC */
/*
 * The line of --progress: it fits, it is printable, and its share is one.
 */
#include <stdio.h>
#include <string.h>

#include "choices.h"
#include "report/progress.h"

/* Returns the number before the percent sign; 0 where there is none. */
static unsigned
share_of(const char *line)
{
	const char *percent = strchr(line, '%');
	unsigned share = 0;

	if (percent != NULL && strrchr(line, ']') != NULL)
		CHECK(sscanf(strrchr(line, ']'), "] %u%%", &share) == 1);
	return (share);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	unsigned columns = choose(&choices, 600);
	const struct progress_state state = {
		.moved = { (uint64_t)choose_number(&choices),
		    (uint64_t)choose_number(&choices) },
		.elapsed = choose_number(&choices) & INT64_MAX,
		.input_size = choose_number(&choices),
		.input_read = choose_number(&choices),
	};
	char line[PROGRESS_LINE_MAX];

	progress_format(&state, columns, line);
	CHECK(strlen(line) <= columns && strlen(line) < sizeof(line));
	for (const char *at = line; *at != '\0'; at++)
		CHECK(*at >= ' ' && *at <= '~');
	CHECK(share_of(line) <= 100);
	return (0);
}
