/* SPDX-License-Identifier: ISC */
/*
 * The oracle. It knows nothing of how the program works: only what the manual
 * promises.
 */
#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "plan.h"

static const struct {
	int status;
	unsigned end;
} statuses[] = {
	{ 1, END_UNCONNECTED },
	{ 2, END_USAGE },
	{ 3, END_UNRESOLVED },
	{ 4, END_TIMEOUT },
	{ 5, END_LOST },
	{ 7, END_STREAM },
	{ 70, END_INTERNAL },
};

static bool
has_argument(const struct scenario *scenario, const char *argument)
{
	for (size_t i = 0; i < SCENARIO_ARGUMENTS_MAX; i++)
		if (scenario->arguments[i] != NULL &&
		    strcmp(scenario->arguments[i], argument) == 0)
			return (true);
	return (false);
}

/* Whether all that either side sent has arrived. */
static bool
is_delivered(const struct scenario *scenario, const struct run_result *result)
{
	bool to_stdout = scenario->report != REPORT_STDOUT_TEXT &&
	    scenario->report != REPORT_STDOUT_JSON;
	size_t download = has_argument(scenario, "--send-only")
	    ? 0
	    : scenario->download;

	return (result->uploaded.count == scenario->upload &&
	    (!to_stdout || result->downloaded.count == download));
}

/* Whether every line, but those of a report, is a message of the program. */
static bool
has_only_messages(const struct scenario *scenario, const char *text)
{
	bool reports = scenario->report == REPORT_STDERR_TEXT ||
	    scenario->report == REPORT_STDERR_JSON;

	while (*text != '\0') {
		if (!reports && strncmp(text, "hecat: ", 7) != 0 &&
		    *text != '\r')
			return (false);
		text += strcspn(text, "\n");
		if (*text == '\n')
			text++;
		else
			return (reports || strstr(text, "\033[K") != NULL);
	}
	return (true);
}

/* Whether the words name an error of want. */
static bool
names(const char *text, int error)
{
	switch (error) {
	case ENOMEM:
		return (strstr(text, "memory") != NULL);
	case EMFILE:
	case ENFILE:
		return (strstr(text, "open files") != NULL ||
		    strstr(text, "descriptors") != NULL);
	case EAGAIN:
	case EPERM:
		return (strstr(text, "thread") != NULL ||
		    strstr(text, strerror(error)) != NULL);
	default:
		return (strstr(text, strerror(error)) != NULL);
	}
}

/* Whether the text is one JSON object and a newline. */
static bool
is_json(const struct run_text *text)
{
	int depth = 0;
	bool in_string = false;
	size_t i = 0, end = text->size;

	if (end < 3 || text->bytes[0] != '{' || text->bytes[end - 1] != '\n')
		return (false);
	for (; i < end - 1; i++) {
		char byte = text->bytes[i];

		if (in_string && byte == '\\')
			i++;
		else if (byte == '"')
			in_string = !in_string;
		else if (!in_string && (byte == '{' || byte == '['))
			depth++;
		else if (!in_string && (byte == '}' || byte == ']') &&
		    --depth == 0 && i < end - 2)
			return (false);
	}
	return (depth == 0 && !in_string);
}

static size_t
count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		count++;
		text += strlen(part);
	}
	return (count);
}

/* Whether a report has all the rows that it has when nothing fails. */
static bool
is_whole(const struct scenario *scenario, const struct run_result *result,
    const struct run_result *calm)
{
	const struct run_text *report = &result->report, *whole = &calm->report;
	const char *row = "\"outcome\"";

	switch (scenario->report) {
	case REPORT_NONE:
		return (true);
	case REPORT_STDERR_TEXT:
	case REPORT_STDERR_JSON:
		report = &result->err;
		whole = &calm->err;
		break;
	default:
		break;
	}
	if (strstr(report->bytes, "incomplete") != NULL)
		return (true);
	if (scenario->report == REPORT_STDERR_TEXT ||
	    scenario->report == REPORT_STDOUT_TEXT)
		row = "\n";
	else if (scenario->report != REPORT_STDERR_JSON && !is_json(report))
		return (false);
	return (count_of(report->bytes, row) >= count_of(whole->bytes, row));
}

/* Whether the run ended as it may because of the fault. */
static bool
may_end(int status, unsigned ends)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return ((ends & statuses[i].end) != 0);
	return (false);
}

/* Judges the words of a run that ended in an error that was not to come. */
static enum verdict
judge_error(const struct scenario *scenario, const struct run_result *result,
    unsigned ends, int error)
{
	const char *text = result->err.bytes;
	bool said = strstr(text, "hecat: ") != NULL;

	/* Once is for the message, or for what it was to be about. */
	if ((ends & END_SILENT) != 0 &&
	    ((ends & END_FOREVER) != 0 || is_delivered(scenario, result)))
		return (VERDICT_ERROR);
	/* -z has no message about a connection that was not made. */
	if (!said && has_argument(scenario, "-z") &&
	    WEXITSTATUS(result->status) == 1)
		return (VERDICT_ERROR);
	/* A probe has the failures of this machine in its table. */
	if (has_argument(scenario, "--probe=1") && result->report.size > 0 &&
	    (ends & END_UNCONNECTED) != 0)
		return (VERDICT_ERROR);
	/* What is reported in another place needs no words, too. */
	if (!said && result->report.size > 0 && error != 0 &&
	    names(result->report.bytes, error))
		return (VERDICT_ERROR);
	if (!said || !has_only_messages(scenario, text))
		return (VERDICT_WORDS);
	if ((ends & END_NAMED) != 0 && !names(text, error))
		return (VERDICT_WORDS);
	if (strstr(text, "connection lost") != NULL && (ends & END_LOST) == 0)
		return (VERDICT_WORDS);
	return (VERDICT_ERROR);
}

/*
 * Returns how a run may end. An option of sockets that is refused is an error
 * that names it, which no other message begins with.
 */
static unsigned
ends_of(const struct scenario *scenario, const struct run_result *result,
    unsigned ends)
{
	if (has_argument(scenario, "-T") &&
	    strncmp(result->err.bytes, "hecat: -", 8) == 0)
		ends |= END_USAGE | END_UNCONNECTED | END_INTERNAL;
	return (ends);
}

enum verdict
judge(const struct scenario *scenario, const struct run_result *result,
    unsigned ends, int error, const struct run_result *calm)
{
	int status = WEXITSTATUS(result->status);

	ends = ends_of(scenario, result, ends);
	if (result->hung)
		return (VERDICT_HUNG);
	if (WIFSIGNALED(result->status))
		return (WTERMSIG(result->status) == SIGPIPE &&
			    (ends & END_SIGPIPE) != 0
			? VERDICT_ERROR
			: VERDICT_CRASHED);
	if (result->left_process || result->left_file)
		return (VERDICT_LEFT);
	if (result->uploaded.differs || result->downloaded.differs ||
	    result->split)
		return (VERDICT_BYTES);
	/* An address that this machine could not ask is not counted. */
	if (status == 0 && has_argument(scenario, "--probe=1") &&
	    (ends & END_UNCONNECTED) != 0)
		return (VERDICT_ERROR);
	if (status == 0 &&
	    (scenario->status != 0 || !is_delivered(scenario, result)))
		return (VERDICT_FALSE_ZERO);
	/* What fails before there is a tunnel is the dialogue with the proxy.
	 */
	if (status == 9 && has_argument(scenario, "--proxy") &&
	    (ends & (END_LOST | END_UNCONNECTED)) != 0)
		return (judge_error(scenario, result, ends, error));
	if (status != scenario->status)
		return (may_end(status, ends)
			? judge_error(scenario, result, ends, error)
			: VERDICT_STATUS);
	if ((ends & END_SILENT) != 0)
		return (VERDICT_RIGHT);
	/* All is well, or as it was to be: then it is so in every respect. */
	if (!has_only_messages(scenario, result->err.bytes) ||
	    (status != 0 && calm != NULL && calm->err.size > 0 &&
		result->err.size == 0))
		return (VERDICT_WORDS);
	if (calm != NULL && !is_whole(scenario, result, calm))
		return (VERDICT_REPORT);
	return (VERDICT_RIGHT);
}

const char *
verdict_name(enum verdict verdict)
{
	static const char *const texts[] = {
		[VERDICT_RIGHT] = "right",
		[VERDICT_ERROR] = "clear error",
		[VERDICT_UNMET] = "not met",
		[VERDICT_KNOWN] = "known",
		[VERDICT_CRASHED] = "CRASHED",
		[VERDICT_HUNG] = "HUNG",
		[VERDICT_LEFT] = "LEFT SOMETHING",
		[VERDICT_FALSE_ZERO] = "FALSE 0",
		[VERDICT_BYTES] = "WRONG BYTES",
		[VERDICT_STATUS] = "WRONG STATUS",
		[VERDICT_WORDS] = "WRONG WORDS",
		[VERDICT_REPORT] = "REPORT LOST",
	};

	return (texts[verdict]);
}
