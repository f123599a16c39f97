/* SPDX-License-Identifier: ISC */
/*
 * Opens, writes and closes reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "report/messages.h"
#include "report/reporter.h"
#include "text.h"

/* Descriptors of ours lie above the standard ones. */
#define FIRST_FD 3

bool
reporter_is_wanted(const struct reporter *reporter)
{
	return (reporter->timings || reporter->chart || reporter->json);
}

/* Says what cannot be written to. */
static enum status
fail(const char *what, int error)
{
	fprintf(messages(), "hecat: %s: %s\n", what, strerror(error));
	return (STATUS_STREAM);
}

/* Returns the status of an error when something is opened. */
static enum status
status_of(int error)
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

/* Makes standard error, with all messages, the place. */
static bool
take_messages(struct reporter *reporter)
{
	reporter->out = messages_writer();
	errno = ENOMEM;
	return (reporter->out != NULL);
}

/* Makes a descriptor the place. */
static bool
take_fd(struct reporter *reporter, int fd)
{
	if (!writer_init(&reporter->own, fd))
		return (false);
	reporter->out = &reporter->own;
	return (true);
}

/* Makes a descriptor that the parent has left for us the place. */
static bool
take_report_fd(struct reporter *reporter, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);

	if (copy == -1)
		return (false);
	reporter->copy = copy;
	return (take_fd(reporter, copy));
}

/* Opens the file of --json=FILE. Returns 0 or an errno. */
static int
open_json(struct reporter *reporter, const char *path, monotime_t patience)
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

/* Says why there is no report in the file of --json=FILE. */
static void
fail_json(const char *path, const char *reason)
{
	fputs("hecat: --json '", messages());
	text_print(messages(), path);
	fprintf(messages(), "': %s\n", reason);
}

/* Does so, or says why not. */
static enum status
take_json(struct reporter *reporter, const struct options *options)
{
	int error = open_json(reporter, options->json_file, options->timeout);

	if (error == 0)
		return (STATUS_OK);
	if (error == ETIMEDOUT) {
		fail_json(options->json_file,
		    "nobody opened the FIFO to read it in the time of -w");
		return (STATUS_TIMEOUT);
	}
	fail_json(options->json_file, strerror(error));
	return (status_of(error));
}

enum status
reporter_open(struct reporter *reporter, const struct options *options)
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
		opened = take_messages(reporter);
	} else if (fd == -1) {
		reporter->is_stdout = true;
		opened = take_fd(reporter, place);
	} else {
		opened = take_report_fd(reporter, fd);
	}
	if (!opened) {
		fprintf(messages(), "hecat: --report-fd '%d': %s\n", place,
		    strerror(errno));
		return (status_of(errno));
	}
	if (reporter->chart)
		reporter->terminal = terminal_of(reporter->out->fd);
	reporter->json_out = reporter->out;
	return (options->json_file == NULL ? STATUS_OK
					   : take_json(reporter, options));
}

/*
 * Has a place wait for its reader. What is asked for on standard output or in a
 * place of its own is waited for; standard error is not for long.
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
		/* It may have another width by now. */
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
