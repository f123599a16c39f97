/* SPDX-License-Identifier: ISC */
/*
 * Errors of connect(2), and whose fault they are.
 *
 * The sender of an ICMP error is the first thing to ask for: with one, somebody
 * out there has answered. Without one the error is the kernel's own: it found
 * no route, no source address, no port, and sent nothing.
 *
 *	no route				ENETUNREACH
 *	route unreachable, prohibit, blackhole	EHOSTUNREACH, EACCES, EINVAL
 *	IPv6 disabled on the interfaces,
 *	no free local port, -s of another host	EADDRNOTAVAIL
 *	IPv6 not in the kernel			EAFNOSUPPORT
 *	security module, filter of a cgroup	EPERM, EACCES
 *	out of descriptors or memory		EMFILE, ENFILE, ENOBUFS, ENOMEM
 *
 * Two senders are special. ICMP that this machine sent to itself comes from its
 * own packet filter, and is about this machine, unless it is EHOSTUNREACH: then
 * the neighbour, the host or the first router, has not answered to ARP or
 * neighbour discovery, and that is no answer. And what the address itself sends
 * is the host's word.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probe/fault.h"
#include "report/trace.h"

/* Returns whether both are the same host, whatever the ports. */
static bool
is_same_host(const struct address *a, const struct address *b)
{
	struct address copy = *b;

	if (a->length == 0 || b->length == 0)
		return (false);
	address_set_port(&copy, address_port(a));
	return (address_equal(a, &copy));
}

/* Returns what an error means that came with its sender. */
static enum fault
fault_of_icmp(const struct trace_attempt *attempt)
{
	if (is_same_host(&attempt->offender, &attempt->address))
		return (attempt->error == ECONNREFUSED ? FAULT_REFUSED
						       : FAULT_REJECTED);
	if (!is_same_host(&attempt->offender, &attempt->source))
		return (FAULT_REJECTED);
	return (attempt->error == EHOSTUNREACH ? FAULT_NO_ANSWER
					       : FAULT_UNAVAILABLE);
}

/* Returns what an error means whose sender is not known. */
static enum fault
fault_of_error(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
		return (FAULT_REFUSED);
	case ETIMEDOUT:
		return (FAULT_NO_ANSWER);
#ifndef __linux__
	/* Where the sender is not known, these may come from a router. */
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EACCES:
	case EPROTO:
		return (FAULT_REJECTED);
#endif
	default:
		return (FAULT_UNAVAILABLE);
	}
}

enum fault
fault_of(const struct trace_attempt *attempt)
{
	switch (attempt->outcome) {
	case HECAT_OUTCOME_WON:
		return (FAULT_NONE);
	case HECAT_OUTCOME_CLOSED:
		return (FAULT_CLOSED);
	case HECAT_OUTCOME_STEP_FAILED:
		return (FAULT_TLS);
	case HECAT_OUTCOME_FAILED:
		if (attempt->established != MONOTIME_NEVER)
			return (FAULT_CLOSED);
		return (attempt->offender.length != 0
			? fault_of_icmp(attempt)
			: fault_of_error(attempt->error));
	case HECAT_OUTCOME_TIMED_OUT:
	case HECAT_OUTCOME_CANCELLED:
		break;
	}
	return (attempt->in_step ? FAULT_TLS : FAULT_NO_ANSWER);
}

/* Writes why there is no address to send from. */
static const char *
no_source(const struct trace_attempt *attempt, char *text)
{
	char source[ADDRESS_TEXT_MAX];

	if (attempt->bound)
		snprintf(text, FAULT_TEXT_MAX, "cannot connect from %s",
		    address_format_host(&attempt->source, source));
	else
		snprintf(text, FAULT_TEXT_MAX, "no free local port");
	return (text);
}

const char *
fault_here(const struct trace_attempt *attempt, bool has_address, char *text)
{
	const char *family = address_family_name(
	    address_family(&attempt->address));
	int error = attempt->error;

	if (!has_address && (error == ENETUNREACH || error == EADDRNOTAVAIL))
		snprintf(text, FAULT_TEXT_MAX, "no %s address", family);
	else if (error == ENETUNREACH)
		snprintf(text, FAULT_TEXT_MAX, "no %s route", family);
	else if (error == EADDRNOTAVAIL)
		return (no_source(attempt, text));
	else if (error == EAFNOSUPPORT || error == EPROTONOSUPPORT)
		snprintf(text, FAULT_TEXT_MAX, "no %s in the kernel", family);
	else if (error == EHOSTUNREACH)
		snprintf(text, FAULT_TEXT_MAX, "an unreachable route");
	else if (error == EACCES || error == EPERM || error == ECONNREFUSED)
		snprintf(text, FAULT_TEXT_MAX,
		    "prohibited by a local route or firewall");
	else if (error == EINVAL && address_lacks_zone(&attempt->address))
		snprintf(text, FAULT_TEXT_MAX,
		    "a link-local address needs its interface");
	else if (error == EINVAL)
		snprintf(text, FAULT_TEXT_MAX, "a blackhole route");
	else
		snprintf(text, FAULT_TEXT_MAX, "%s", strerror(error));
	return (text);
}

const char *
fault_name(enum fault fault)
{
	static const char *const names[FAULT_COUNT] = {
		[FAULT_NONE] = "none",
		[FAULT_REFUSED] = "refused",
		[FAULT_REJECTED] = "rejected",
		[FAULT_CLOSED] = "closed",
		[FAULT_TLS] = "tls",
		[FAULT_NO_ANSWER] = "no_answer",
		[FAULT_UNAVAILABLE] = "unavailable",
	};

	return (names[fault]);
}

const char *
fault_verb(enum fault fault)
{
	if (fault == FAULT_NO_ANSWER)
		return ("did not answer");
	return (fault == FAULT_TLS ? "failed in TLS" : fault_name(fault));
}
