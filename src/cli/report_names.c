/* SPDX-License-Identifier: ISC */
/*
 * The words for what a trace holds as numbers.
 */
#include "report.h"

const char *
report_question_name(int family)
{
	if (family == AF_UNSPEC)
		return ("AAAA+A");
	return (family == AF_INET6 ? "AAAA" : "A");
}

const char *
report_cause_name(enum hecat_cause cause)
{
	static const char *const names[] = {
		[HECAT_CAUSE_FIRST] = "first",
		[HECAT_CAUSE_DELAY_PASSED] = "delay passed",
		[HECAT_CAUSE_PREVIOUS_FAILED] = "previous failed",
		[HECAT_CAUSE_LATE_ANSWER] = "late answer",
	};

	return (names[cause]);
}

const char *
report_outcome_name(enum hecat_outcome outcome)
{
	static const char *const names[] = {
		[HECAT_OUTCOME_WON] = "won",
		[HECAT_OUTCOME_FAILED] = "failed",
		[HECAT_OUTCOME_TIMED_OUT] = "timed out",
		[HECAT_OUTCOME_CANCELLED] = "cancelled",
	};

	return (names[outcome]);
}

const char *
report_result_name(const struct trace *trace)
{
	if (trace->interrupted)
		return ("interrupted");
	switch (trace->result) {
	case HECAT_ERROR_CONNECT:
		return ("failed");
	case HECAT_ERROR_RESOLVE:
		return ("unresolved");
	case HECAT_ERROR_TIMEOUT:
		return ("timeout");
	case HECAT_ERROR_MEMORY:
		return ("out of memory");
	}
	return ("connected");
}

const char *
report_rule_name(unsigned rule)
{
	static const char *const names[] = {
		"",
		"unusable",
		"scope",
		"deprecated source",
		"home address",
		"label",
		"precedence",
		"tunnel",
		"smaller scope",
		"shorter prefix",
		"as answered",
	};

	return (rule < sizeof(names) / sizeof(names[0]) ? names[rule] : "");
}
