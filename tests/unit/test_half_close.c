/* SPDX-License-Identifier: ISC */
/*
 * When the FIN is sent: which wait the options ask for, and whole connections
 * in virtual time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "relay/half_close.h"

#define MS    MONOTIME_PER_MS
#define S     MONOTIME_PER_SECOND
#define NEVER MONOTIME_NEVER
#define UNSET HALF_CLOSE_DEFAULT

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct wait_row {
	const char *name;
	struct half_close_config config;
	monotime_t wait;
} wait_rows[] = {
	{ "the default", { UNSET, NEVER, NEVER, false, false, false }, 2 * S },
	{ "-N", { 0, NEVER, NEVER, false, false, false }, 0 },
	{ "--shutdown=5", { 5 * S, NEVER, NEVER, false, false, false }, 5 * S },
	{ "--no-shutdown", { NEVER, NEVER, NEVER, false, false, false },
	    NEVER },
	{ "-q 1", { UNSET, S, NEVER, false, false, false }, S / 2 },
	{ "-i 1", { UNSET, NEVER, S, false, false, false }, S / 2 },
	{ "-q 3 -i 1", { UNSET, 3 * S, S, false, false, false }, S / 2 },
	{ "-q 1 -i 3", { UNSET, S, 3 * S, false, false, false }, S / 2 },
	{ "-q 4", { UNSET, 4 * S, NEVER, false, false, false }, 2 * S },
	{ "-q 60 -i 60", { UNSET, 60 * S, 60 * S, false, false, false },
	    2 * S },
	{ "-q 0", { UNSET, 0, NEVER, false, false, false }, 0 },
	{ "-q 1 --shutdown=5", { 5 * S, S, NEVER, false, false, false },
	    5 * S },
	{ "-q 0 --no-shutdown", { NEVER, 0, NEVER, false, false, false },
	    NEVER },
	{ "--send-only", { UNSET, NEVER, NEVER, true, false, false }, 0 },
	{ "--send-only --no-shutdown",
	    { NEVER, NEVER, NEVER, true, false, false }, NEVER },
	{ "--recv-only", { UNSET, NEVER, NEVER, false, true, false }, NEVER },
	{ "--recv-only -N", { 0, NEVER, NEVER, false, true, false }, NEVER },
	{ "/dev/null", { UNSET, NEVER, NEVER, false, false, true }, NEVER },
	{ "/dev/null -i 1", { UNSET, NEVER, S, false, false, true }, NEVER },
	{ "/dev/null -N", { 0, NEVER, NEVER, false, false, true }, 0 },
	{ "/dev/null --shutdown=1", { S, NEVER, NEVER, false, false, true },
	    S },
	{ "/dev/null -q 0", { UNSET, 0, NEVER, false, false, true }, 0 },
	{ "/dev/null --send-only", { UNSET, NEVER, NEVER, true, false, true },
	    0 },
};

static void
options_decide_the_wait(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wait_rows); i++) {
		const struct wait_row *row = &wait_rows[i];

		if (half_close_wait(&row->config) != row->wait)
			fail_msg("%s", row->name);
	}
}

/*
 * A connection: what happens, in the order of the times. A byte moves with
 * every event but END (of input) and EOF (of the peer).
 */
enum happening {
	NOTHING, /* the end of the row */
	SEND,    /* `count` bytes are read and sent */
	ACK,     /* all but `count` of them are acknowledged */
	RECEIVE, /* bytes come in, and `count` of them wait for output */
	WRITE,   /* bytes are written out, and `count` still wait */
	END,
	EOF_OF_PEER
};

struct event {
	monotime_t at;
	enum happening what;
	uint64_t count;
};

static const struct row {
	const char *name;
	monotime_t wait;
	monotime_t fin; /* when it is sent */
	struct event events[12];
} rows[] = {
	{ "a request that nobody answers", 2 * S, 2010 * MS,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 } } },
	{ "a reply after 1.5 s", 2 * S, 3500 * MS,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 },
		{ 1500 * MS, RECEIVE, 0 } } },
	{ "the peer ends after its reply: nothing is waited for", 2 * S,
	    300 * MS,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 },
		{ 300 * MS, RECEIVE, 0 }, { 300 * MS, EOF_OF_PEER, 0 } } },
	{ "the end of input long after the last byte: at once", 2 * S, 3 * S,
	    { { 0, SEND, 3 }, { 1 * MS, ACK, 0 }, { 3 * S, END, 0 } } },
	{ "the end of input 1.5 s after the last byte", 2 * S, 2001 * MS,
	    { { 0, SEND, 3 }, { 1 * MS, ACK, 0 }, { 1500 * MS, END, 0 } } },
	{ "no byte at all: from the connection", 2 * S, 2 * S,
	    { { 500 * MS, END, 0 } } },
	{ "no byte at all, and a late end of input", 2 * S, 7 * S,
	    { { 7 * S, END, 0 } } },
	{ "a peer with a window of zero for 5 s", 2 * S, 7 * S,
	    { { 0, SEND, 1000000 }, { 0, END, 0 }, { 10 * MS, ACK, 900000 },
		{ 5 * S, ACK, 0 } } },
	{ "a peer that never acknowledges all", 2 * S, NEVER,
	    { { 0, SEND, 1000000 }, { 0, END, 0 }, { 10 * MS, ACK, 1 } } },
	{ "a reader that pauses for 5 s in the reply", 2 * S, 7500 * MS,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 },
		{ 300 * MS, RECEIVE, 50000 }, { 5300 * MS, WRITE, 0 },
		{ 5500 * MS, RECEIVE, 0 } } },
	{ "a reader that takes nothing any more", 2 * S, NEVER,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 },
		{ 300 * MS, RECEIVE, 1 } } },
	{ "a byte every 1.9 s, either way", 2 * S, 7700 * MS,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 },
		{ 1900 * MS, RECEIVE, 0 }, { 3800 * MS, RECEIVE, 1 },
		{ 5700 * MS, WRITE, 0 } } },
	{ "input that goes on", 2 * S, NEVER,
	    { { 0, SEND, 18 }, { 10 * MS, ACK, 0 } } },
	{ "-N", 0, 1 * S, { { 0, SEND, 18 }, { 1 * S, END, 0 } } },
	{ "-N does not wait for acknowledgements or a reader", 0, 1 * S,
	    { { 0, SEND, 18 }, { 10 * MS, RECEIVE, 5 }, { 1 * S, END, 0 } } },
	{ "--no-shutdown, and the peer ends", NEVER, NEVER,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 1 * S, EOF_OF_PEER, 0 } } },
	{ "half of -q 1", S / 2, 510 * MS,
	    { { 0, SEND, 18 }, { 0, END, 0 }, { 10 * MS, ACK, 0 } } },
	{ "the peer ends first, input much later", 2 * S, 9 * S,
	    { { 1 * S, EOF_OF_PEER, 0 }, { 9 * S, SEND, 5 },
		{ 9 * S, END, 0 } } },
};

static void
happen(struct half_close_facts *facts, const struct event *event)
{
	switch (event->what) {
	case NOTHING:
		return;
	case SEND:
	case ACK:
		facts->unacked = event->count;
		break;
	case RECEIVE:
	case WRITE:
		facts->unwritten = event->count;
		break;
	case END:
		facts->input_sent = true;
		return;
	case EOF_OF_PEER:
		facts->peer_ended = true;
		return;
	}
	facts->moved_at = event->at;
}

/* Goes through the events; returns when the FIN is sent. */
static monotime_t
run(const struct row *row)
{
	struct half_close_facts facts = { .moved_at = 0 };
	const struct event *event = row->events;

	for (; event->what != NOTHING; event++) {
		monotime_t next = event[1].what != NOTHING ? event[1].at
							   : NEVER;
		monotime_t due;

		happen(&facts, event);
		due = half_close_due(row->wait, &facts);
		if (due < event->at)
			due = event->at;
		if (due < next)
			return (due);
	}
	return (NEVER);
}

static void
every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		monotime_t fin = run(&rows[i]);

		if (fin != rows[i].fin)
			fail_msg("%s: FIN after %lld us", rows[i].name,
			    (long long)fin);
	}
}

/* An acknowledgement that is seen late must not delay the FIN. */
static void
acknowledgements_are_polled_often_enough(void **state)
{
	static const monotime_t waits[] = { 10 * MS, S / 2, 2 * S, 3600 * S };

	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		assert_true(half_close_interval(waits[i]) < waits[i]);
		assert_true(half_close_interval(waits[i]) <= S / 2);
	}
	assert_true(half_close_interval(1) >= MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_decide_the_wait),
		cmocka_unit_test(every_row),
		cmocka_unit_test(acknowledgements_are_polled_often_enough),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
