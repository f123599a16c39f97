/* SPDX-License-Identifier: ISC */
/*
 * The count of the tries and the causes, in words.
 */
#include <string.h>

#include "report/tries.h"

void
tries_start(struct tries *tries, monotime_t now)
{
	if (tries->count++ == 0)
		tries->start = now;
	tries->next = 0;
}

void
tries_failed(struct tries *tries, const struct trace *trace, monotime_t next)
{
	report_cause(trace, tries->cause);
	tries->next = next;
}

void
tries_report_failed(FILE *out, const struct tries *tries, monotime_t now)
{
	char text[REPORT_REASON_MAX];

	fprintf(out, "hecat: try %u: %s; again in %s\n", tries->count,
	    tries->cause, report_duration(tries->next - now, text));
}

void
tries_report_connected(FILE *out, const struct tries *tries, monotime_t now)
{
	char text[REPORT_REASON_MAX];

	if (tries->count > 1)
		fprintf(out, "hecat: connected by try %u, %s after the first\n",
		    tries->count, report_duration(now - tries->start, text));
}

/*
 * Returns whether the last try shows no cause of its own: its time was cut
 * short.
 */
static bool
is_cut_short(const struct trace *trace)
{
	return (trace->interrupted || trace->result == HECAT_ERROR_TIMEOUT);
}

void
tries_report_end(FILE *out, const struct tries *tries,
    const struct trace *trace, const struct report_target *target,
    enum tries_end end, monotime_t now)
{
	static const char *const texts[][2] = {
		[TRIES_FAILED] = { "no connection in ", "" },
		[TRIES_OUT_OF_TIME] = { "no connection in ", " (-w)" },
		[TRIES_INTERRUPTED] = { "interrupted after ", "" },
	};
	char text[REPORT_REASON_MAX];

	if (tries->count > 1 || end != TRIES_FAILED) {
		fputs("hecat: ", out);
		report_heading(out, target);
		fprintf(out, ": %s%s%s", texts[end][0],
		    report_duration(now - tries->start, text), texts[end][1]);
		fprintf(out,
		    tries->count == 1 ? ", 1 try:\n"
				      : ", %u tries; the last one:\n",
		    tries->count);
	}
	report_failure(out, trace, target);
	if (tries->count > 1 && is_cut_short(trace))
		fprintf(out, "hecat: the try before: %s\n", tries->cause);
}
