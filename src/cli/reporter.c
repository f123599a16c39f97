/* SPDX-License-Identifier: ISC */
/*
 * Opens, writes and closes reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "reporter.h"

/* Opens a descriptor the parent left for us, as a stream of our own. */
static FILE *
open_fd(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return (copy == -1 ? NULL : fdopen(copy, "w"));
}

bool
reporter_is_wanted(const struct reporter *reporter)
{
	return (reporter->timings || reporter->chart || reporter->json);
}

enum status
reporter_open(
    struct reporter *reporter, const struct options *options, FILE *err)
{
	bool payload = !options->zero_io && options->probe == 0;
	int fd = options->report_fd;

	*reporter = (struct reporter){
		.timings = options->timings,
		.chart = options->chart,
		.json = options->json,
		.out = payload ? stderr : stdout,
	};
	/* stderr itself has no buffer: JSON would be a call a character. */
	if (fd == -1 && payload && reporter_is_wanted(reporter))
		fd = STDERR_FILENO;
	if (fd != -1)
		reporter->out = open_fd(fd);
	if (reporter->out != NULL && reporter->chart)
		reporter->terminal = terminal_of(reporter->out);
	if (reporter->out == NULL) {
		fprintf(
		    err, "hecat: --report-fd '%d': %s\n", fd, strerror(errno));
		return (STATUS_USAGE);
	}
	reporter->json_out = options->json_file == NULL
	    ? reporter->out
	    : fopen(options->json_file, "we");
	if (reporter->json_out == NULL) {
		fprintf(err, "hecat: --json '%s': %s\n", options->json_file,
		    strerror(errno));
		return (STATUS_USAGE);
	}
	return (STATUS_OK);
}

/* Returns 0, or the errno of what could not be written. */
static int
flush(const struct reporter *reporter)
{
	errno = 0;
	if (fflush(reporter->out) == 0 && fflush(reporter->json_out) == 0 &&
	    !ferror(reporter->out) && !ferror(reporter->json_out))
		return (0);
	return (errno != 0 ? errno : EIO);
}

int
reporter_write(const struct reporter *reporter, const struct report *report)
{
	struct terminal terminal = reporter->terminal;

	if (reporter->timings)
		report_text(reporter->out, report);
	if (reporter->chart) {
		/* It may have another width by now. */
		terminal.columns = terminal_columns(reporter->out);
		report_chart(reporter->out, report, &terminal);
	}
	if (reporter->json)
		report_json(reporter->json_out, report);
	return (flush(reporter));
}

int
reporter_write_probe(
    const struct reporter *reporter, const struct probe_report *report)
{
	/* JSON in a file of its own leaves room for the text. */
	if (!reporter->json || reporter->json_out != reporter->out)
		report_probe_text(reporter->out, report);
	if (reporter->json)
		report_probe_json(reporter->json_out, report);
	return (flush(reporter));
}

void
reporter_close(struct reporter *reporter)
{
	if (reporter->json_out != NULL && reporter->json_out != reporter->out)
		fclose(reporter->json_out);
	if (reporter->out != NULL && reporter->out != stderr &&
	    reporter->out != stdout)
		fclose(reporter->out);
	*reporter = (struct reporter){ .out = NULL };
}
