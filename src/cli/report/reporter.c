/* SPDX-License-Identifier: ISC */
/*
 * Opens the outputs of the reports, writes the reports and closes the outputs.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "report/messages.h"
#include "report/reporter.h"
#include "text.h"

/* The lowest descriptor that is not a standard one. */
#define FIRST_FD 3

bool
reporter_is_wanted(const struct reporter *reporter)
{
	return (reporter->timings || reporter->chart || reporter->json);
}

/* Reports the output that cannot be written to. */
static enum status
fail(const char *what, int error)
{
	fprintf(messages(), "hecat: %s: %s\n", what, strerror(error));
	return (STATUS_STREAM);
}

/* Returns the exit status of an error in opening an output. */
static enum status
open_status(int error)
{
	switch (error) {
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return (STATUS_INTERNAL);
	case ENOSPC:
	case EDQUOT:
	case EIO:
		return (STATUS_STREAM);
	default:
		return (STATUS_USAGE);
	}
}

/* Makes standard error, where the messages go too, the output. */
static bool
open_messages(struct reporter *reporter)
{
	reporter->out = messages_writer();
	errno = ENOMEM;
	return (reporter->out != NULL);
}

/* Makes a descriptor the output. */
static bool
open_fd(struct reporter *reporter, int fd)
{
	if (!writer_init(&reporter->own, fd))
		return (false);
	reporter->out = &reporter->own;
	return (true);
}

/* Makes a copy of a descriptor that the parent has opened the output. */
static bool
open_report_fd(struct reporter *reporter, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);

	if (copy == -1)
		return (false);
	reporter->copy = copy;
	return (open_fd(reporter, copy));
}

/* Finds out what a chart is shown on; --color has the last word on colour. */
static void
open_terminal(struct reporter *reporter, enum options_color color)
{
	reporter->terminal = terminal_of(reporter->out->fd);
	if (color != OPTIONS_COLOR_AUTO)
		reporter->terminal.colour = color == OPTIONS_COLOR_ALWAYS;
}

/* Opens the file of --json=FILE. Returns 0 or an errno. */
static int
open_json_file(struct reporter *reporter, const char *path, monotime_t patience)
{
	int error = report_file_open(&reporter->file, path, patience);

	reporter->has_file = error == 0;
	if (error != 0)
		return (error);
	errno = 0;
	if (!writer_init(&reporter->own_json, reporter->file.fd))
		return (errno != 0 ? errno : ENOMEM);
	reporter->json_out = &reporter->own_json;
	return (0);
}

/*
 * Reports why the file of an option cannot be written, if `error` is not 0.
 * Returns the exit status.
 */
static enum status
check_file(const char *option, const char *path, int error)
{
	const char *reason = strerror(error);

	if (error == 0)
		return (STATUS_OK);
	if (error == ETIMEDOUT)
		reason = "nobody opened the FIFO to read it in the time of -w";
	fprintf(messages(), "hecat: %s '", option);
	text_print(messages(), path);
	fprintf(messages(), "': %s\n", reason);
	return (error == ETIMEDOUT ? STATUS_TIMEOUT : open_status(error));
}

/* Opens standard output for --json=-. Returns 0 or an errno. */
static int
open_json_stdout(struct reporter *reporter)
{
	if (reporter->is_stdout)
		return (0);
	if (stream_was_missing(STDOUT_FILENO))
		return (EBADF);
	errno = 0;
	if (!writer_init(&reporter->own_json, STDOUT_FILENO))
		return (errno != 0 ? errno : ENOMEM);
	reporter->json_out = &reporter->own_json;
	reporter->is_stdout = true;
	return (0);
}

/* Opens the file of --json=FILE, or reports why it cannot. */
static enum status
open_json(struct reporter *reporter, const struct options *options)
{
	int error = strcmp(options->json_file, "-") == 0
	    ? open_json_stdout(reporter)
	    : open_json_file(reporter, options->json_file, options->timeout);

	return (check_file("--json", options->json_file, error));
}

/* Opens the dump, or reports why it cannot. */
static enum status
open_dump(struct reporter *reporter, const struct options *options)
{
	const char *path = options->hex_dump_file;

	if (path == NULL && stream_was_missing(STDERR_FILENO))
		return (fail("standard error", EBADF));
	reporter->dump = hex_dump_new(path, options->timeout);
	if (reporter->dump != NULL)
		return (STATUS_OK);
	return (check_file(
	    "--hex-dump", path == NULL ? "standard error" : path, errno));
}

/* Opens the outputs of the reports. */
static enum status
open_reports(struct reporter *reporter, const struct options *options)
{
	bool payload = !options->zero_io && options->probe == 0;
	int fd = options->report_fd;
	int place = fd != -1 ? fd : payload ? STDERR_FILENO : STDOUT_FILENO;
	bool opened;

	reporter->timings = options->timings;
	reporter->chart = options->chart;
	reporter->json = options->json;
	if (!reporter_is_wanted(reporter) && options->probe == 0)
		return (STATUS_OK);
	if (stream_was_missing(place))
		return (fail(place == STDERR_FILENO ? "standard error"
						    : "standard output",
		    EBADF));
	if (place == STDERR_FILENO) {
		opened = open_messages(reporter);
	} else if (fd == -1) {
		reporter->is_stdout = true;
		opened = open_fd(reporter, place);
	} else {
		opened = open_report_fd(reporter, fd);
	}
	if (!opened) {
		fprintf(messages(), "hecat: --report-fd '%d': %s\n", place,
		    strerror(errno));
		return (open_status(errno));
	}
	if (reporter->chart)
		open_terminal(reporter, options->color);
	reporter->json_out = reporter->out;
	return (options->json_file == NULL ? STATUS_OK
					   : open_json(reporter, options));
}

enum status
reporter_open(struct reporter *reporter, const struct options *options)
{
	enum status status = open_reports(reporter, options);

	if (status != STATUS_OK || !options->hex_dump || options->zero_io ||
	    options->probe > 0)
		return (status);
	return (open_dump(reporter, options));
}

/*
 * Sets how long an output waits for its reader: standard error briefly, every
 * other output, which the user has asked for, without end.
 */
static void
set_patience(struct writer *writer, bool is_signalled)
{
	monotime_t patience = writer == messages_writer() ? MESSAGES_PATIENCE_US
							  : MONOTIME_NEVER;

	if (is_signalled)
		patience = MESSAGES_SIGNAL_PATIENCE_US;
	writer_set_patience(writer, patience);
}

void
reporter_begin(struct reporter *reporter, bool is_signalled)
{
	set_patience(reporter->out, is_signalled);
	set_patience(reporter->json_out, is_signalled);
}

int
reporter_finish(struct reporter *reporter)
{
	int error = writer_flush(reporter->out);
	int json_error = writer_flush(reporter->json_out);

	if (reporter->has_file && json_error == 0) {
		writer_release(&reporter->own_json);
		json_error = report_file_commit(&reporter->file);
	}
	return (error != 0 ? error : json_error);
}

int
reporter_write(
    struct reporter *reporter, const struct report *report, bool is_signalled)
{
	FILE *out = reporter->out->file;
	struct terminal terminal = reporter->terminal;

	reporter_begin(reporter, is_signalled);
	if (reporter->timings)
		report_text(out, report);
	if (reporter->chart) {
		/* The window may have been resized. */
		terminal.columns = terminal_columns(reporter->out->fd);
		report_chart(out, report, &terminal);
	}
	if (reporter->json)
		report_json(reporter->json_out->file, report);
	return (reporter_finish(reporter));
}

int
reporter_folder(const struct reporter *reporter)
{
	return (reporter->has_file ? reporter->file.folder : -1);
}

void
reporter_close(struct reporter *reporter)
{
	hex_dump_free(reporter->dump);
	reporter->dump = NULL;
	writer_release(&reporter->own);
	writer_release(&reporter->own_json);
	if (reporter->copy != 0)
		close(reporter->copy);
	if (reporter->has_file)
		report_file_release(&reporter->file);
	reporter->has_file = false;
	reporter->out = reporter->json_out = NULL;
	reporter->copy = 0;
}
