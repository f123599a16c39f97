/* SPDX-License-Identifier: ISC */
/*
 * The fault of a failed attempt: its errno, the sender of that, and where the
 * attempt was made. The address is "6a" or "4a", this machine is "6f" or "4f",
 * any other sender is a router.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "fake/fake_address.h"
#include "probe/fault.h"
#include "fake/seconds.h"
#include "report/trace.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct trace_attempt
failed(const char *address, int error, const char *sender)
{
	struct trace_attempt attempt = {
		.address = fake_address(address, 80),
		.outcome = HECAT_OUTCOME_FAILED,
		.error = error,
		.established = MONOTIME_NEVER,
	};

	attempt.source = fake_address(address[0] == '6' ? "6f" : "4f", 40000);
	if (sender != NULL)
		attempt.offender = fake_address(sender, 0);
	return (attempt);
}

static void
the_sender_says_whose_fault_it_is(void **state)
{
	static const struct {
		const char *what;
		const char *address;
		int error;
		const char *sender; /* NULL: not known */
		enum fault fault;
	} rows[] = {
		/* The host has answered. */
		{ "reset", "6a", ECONNREFUSED, NULL, FAULT_REFUSED },
		{ "reset", "4a", ECONNREFUSED, NULL, FAULT_REFUSED },
		{ "reset in the handshake", "4a", ECONNRESET, NULL,
		    FAULT_REFUSED },
		{ "port unreachable", "6a", ECONNREFUSED, "6a", FAULT_REFUSED },
		{ "its firewall", "6a", EACCES, "6a", FAULT_REJECTED },
		{ "its firewall", "4a", EHOSTUNREACH, "4a", FAULT_REJECTED },
		/* A router has. */
		{ "admin prohibited", "6a", EACCES, "6e", FAULT_REJECTED },
		{ "no route", "6a", ENETUNREACH, "6e", FAULT_REJECTED },
		{ "host unreachable", "4a", EHOSTUNREACH, "4e",
		    FAULT_REJECTED },
		{ "port unreachable", "4a", ECONNREFUSED, "4e",
		    FAULT_REJECTED },
		{ "protocol unreachable", "4a", ENOPROTOOPT, "4e",
		    FAULT_REJECTED },
		/* There was no answer, and the kernel gave up after its
		   timeout. */
		{ "134 s", "4a", ETIMEDOUT, NULL, FAULT_NO_ANSWER },
		{ "no neighbour", "4a", EHOSTUNREACH, "4f", FAULT_NO_ANSWER },
		{ "no neighbour", "6a", EHOSTUNREACH, "6f", FAULT_NO_ANSWER },
		/* Nobody was asked. */
		{ "own firewall", "6a", EACCES, "6f", FAULT_UNAVAILABLE },
		{ "own firewall", "4a", ECONNREFUSED, "4f", FAULT_UNAVAILABLE },
		{ "no route", "6a", ENETUNREACH, NULL, FAULT_UNAVAILABLE },
		{ "unreachable", "4a", EHOSTUNREACH, NULL, FAULT_UNAVAILABLE },
		{ "prohibit", "6a", EACCES, NULL, FAULT_UNAVAILABLE },
		{ "blackhole", "4a", EINVAL, NULL, FAULT_UNAVAILABLE },
		{ "no address, no port", "6a", EADDRNOTAVAIL, NULL,
		    FAULT_UNAVAILABLE },
		{ "source port taken", "4a", EADDRINUSE, NULL,
		    FAULT_UNAVAILABLE },
		{ "no IPv6", "6a", EAFNOSUPPORT, NULL, FAULT_UNAVAILABLE },
		{ "security module", "4a", EPERM, NULL, FAULT_UNAVAILABLE },
		{ "link down", "4a", ENETDOWN, NULL, FAULT_UNAVAILABLE },
		{ "descriptors", "4a", EMFILE, NULL, FAULT_UNAVAILABLE },
		{ "descriptors", "4a", ENFILE, NULL, FAULT_UNAVAILABLE },
		{ "buffers", "4a", ENOBUFS, NULL, FAULT_UNAVAILABLE },
		{ "memory", "4a", ENOMEM, NULL, FAULT_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct trace_attempt attempt = failed(
		    rows[i].address, rows[i].error, rows[i].sender);

		assert_row(rows[i].what, fault_name(rows[i].fault),
		    fault_name(fault_of(&attempt)));
	}
}

static void
an_attempt_without_an_answer_is_silence(void **state)
{
	struct trace_attempt attempt = failed("4a", 0, NULL);

	(void)state;
	attempt.outcome = HECAT_OUTCOME_TIMED_OUT;
	assert_int_equal(fault_of(&attempt), FAULT_NO_ANSWER);
	attempt.outcome = HECAT_OUTCOME_CANCELLED;
	assert_int_equal(fault_of(&attempt), FAULT_NO_ANSWER);
	attempt.outcome = HECAT_OUTCOME_WON;
	assert_int_equal(fault_of(&attempt), FAULT_NONE);
}

/* What comes after the connection is of the peer's doing. */
static void
a_connection_that_is_no_success_was_closed(void **state)
{
	struct trace_attempt attempt = failed("4a", ECONNRESET, NULL);

	(void)state;
	attempt.established = 20000;
	assert_int_equal(fault_of(&attempt), FAULT_CLOSED);
	attempt.error = 0;
	attempt.outcome = HECAT_OUTCOME_CLOSED;
	assert_int_equal(fault_of(&attempt), FAULT_CLOSED);
	/* Or from an unknown one. */
	attempt.outcome = HECAT_OUTCOME_TIMED_OUT;
	assert_int_equal(fault_of(&attempt), FAULT_NO_ANSWER);
}

static void
this_machine_says_what_it_lacks(void **state)
{
	static const struct {
		const char *address;
		int error;
		bool has_address;
		bool bound;
		const char *reason;
	} rows[] = {
		{ "6a", ENETUNREACH, false, false, "no IPv6 address" },
		{ "4a", ENETUNREACH, false, false, "no IPv4 address" },
		{ "6a", EADDRNOTAVAIL, false, false, "no IPv6 address" },
		{ "6a", ENETUNREACH, true, false, "no IPv6 route" },
		{ "4a", EADDRNOTAVAIL, true, false, "no free local port" },
		{ "4a", EADDRNOTAVAIL, true, true,
		    "cannot connect from 192.0.2.102" },
		{ "6a", EAFNOSUPPORT, false, false, "no IPv6 in the kernel" },
		{ "4a", EHOSTUNREACH, true, false, "an unreachable route" },
		{ "4a", EACCES, true, false,
		    "prohibited by a local route or firewall" },
		{ "4a", EPERM, true, false,
		    "prohibited by a local route or firewall" },
		{ "4a", EINVAL, true, false, "a blackhole route" },
		{ "fe80::1", EINVAL, true, false,
		    "a link-local address needs its interface" },
		{ "4a", EMFILE, true, false, "Too many open files" },
	};
	char text[FAULT_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct trace_attempt attempt = failed(
		    rows[i].address, rows[i].error, NULL);

		attempt.bound = rows[i].bound;
		assert_row(strerror(rows[i].error), rows[i].reason,
		    fault_here(&attempt, rows[i].has_address, text));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sender_says_whose_fault_it_is),
		cmocka_unit_test(an_attempt_without_an_answer_is_silence),
		cmocka_unit_test(a_connection_that_is_no_success_was_closed),
		cmocka_unit_test(this_machine_says_what_it_lacks),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
