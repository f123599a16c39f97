/* SPDX-License-Identifier: ISC */
/*
 * The words for the enums and numbers of a trace.
 */
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

/*
 * glibc names every errno since 2.32, with _GNU_SOURCE; a header of libevent
 * below defines that, too, which is too late for glibc.
 */
#if defined(_GNU_SOURCE) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 32)
#define HAS_ERRNO_NAMES
#endif
#endif

#include "report/report.h"

#ifdef HAS_ERRNO_NAMES

const char *
report_errno_name(int error)
{
	return (strerrorname_np(error));
}

#else

/* The errno values that a connect ends with. */
const char *
report_errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
#define NAME(error)           \
	{                     \
		error, #error \
	}
		NAME(EACCES),
		NAME(EADDRINUSE),
		NAME(EADDRNOTAVAIL),
		NAME(EAFNOSUPPORT),
		NAME(ECONNREFUSED),
		NAME(ECONNRESET),
		NAME(EHOSTUNREACH),
		NAME(EINVAL),
		NAME(EMFILE),
		NAME(ENETDOWN),
		NAME(ENETUNREACH),
		NAME(ENFILE),
		NAME(ENOBUFS),
		NAME(ENOMEM),
		NAME(EPERM),
		NAME(EPROTO),
		NAME(ETIMEDOUT),
#undef NAME
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return (names[i].name);
	return (NULL);
}

#endif

const char *
report_eai_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
#define NAME(error) { error, #error }
#ifdef EAI_ADDRFAMILY
		NAME(EAI_ADDRFAMILY),
#endif
		NAME(EAI_AGAIN),
		NAME(EAI_BADFLAGS),
		NAME(EAI_FAIL),
		NAME(EAI_FAMILY),
#ifdef EAI_IDN_ENCODE
		NAME(EAI_IDN_ENCODE),
#endif
		NAME(EAI_MEMORY),
#ifdef EAI_NODATA
		NAME(EAI_NODATA),
#endif
		NAME(EAI_NONAME),
		NAME(EAI_OVERFLOW),
		NAME(EAI_SERVICE),
		NAME(EAI_SOCKTYPE),
		NAME(EAI_SYSTEM),
#undef NAME
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return (names[i].name);
	return (NULL);
}

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
report_outcome_name(const struct trace_attempt *attempt)
{
	static const char *const names[] = {
		[HECAT_OUTCOME_WON] = "connected",
		[HECAT_OUTCOME_FAILED] = "failed",
		[HECAT_OUTCOME_TIMED_OUT] = "timed_out",
		[HECAT_OUTCOME_CANCELLED] = "no_answer",
		[HECAT_OUTCOME_CLOSED] = "closed",
		[HECAT_OUTCOME_STEP_FAILED] = "failed",
	};

	/* Connected, when another one was used. */
	if (attempt->outcome == HECAT_OUTCOME_CANCELLED &&
	    report_is_unused(attempt))
		return ("not_used");
	return (names[attempt->outcome]);
}

/* There was none, for there was a connection. */
#define RESULT_GIVEN (HECAT_ERROR_CANCELLED + 1)

/* How a connect ends: its name in JSON, and its words. */
static const struct {
	const char *name;
	const char *text;
} results[] = {
	{ "connected", "connected" },
	[HECAT_ERROR_CONNECT] = { "failed", "no connection" },
	[HECAT_ERROR_RESOLVE] = { "unresolved", "no usable address" },
	[HECAT_ERROR_TIMEOUT] = { "timeout", "no connection (-w)" },
	[HECAT_ERROR_MEMORY] = { "out of memory", "out of memory" },
	[HECAT_ERROR_CANCELLED] = { "interrupted", "interrupted" },
	[RESULT_GIVEN] = { "given", "connection given" },
};

/* Returns the result of a trace, as the event of its end has it. */
static int
result_of(const struct trace *trace)
{
	if (trace->given)
		return (RESULT_GIVEN);
	return (
	    trace->interrupted ? HECAT_ERROR_CANCELLED : (int)trace->result);
}

const char *
report_result_text(int result)
{
	return (results[result].text);
}

const char *
report_trace_text(const struct trace *trace)
{
	return (report_result_text(result_of(trace)));
}

const char *
report_result_name(const struct trace *trace)
{
	return (results[result_of(trace)].name);
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
