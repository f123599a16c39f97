/* SPDX-License-Identifier: ISC */
/*
 * The walk of both families along a list of names, in virtual time.
 *
 * A script has the answers to AAAA and A for each name, names separated by
 * '|'. An answer is a letter and its time in ms: "a" addresses, "d" no data,
 * "n" no such name, "f" the name server fails, "e" this machine does; "s" is
 * silence, that ends in a failure when the resolver's patience does.
 *
 * What comes of it: "1@0" the first name is asked at 0; "6=a@10" AAAA is
 * answered with addresses, and so the walk; "typed@20" it is left to a lookup
 * as typed. An answer in the end that is of an earlier name has that before it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/seconds.h"
#include "walk.h"

#define EPOCH     (1000 * MONOTIME_PER_SECOND)
#define GRACE     (50 * MONOTIME_PER_MS)
#define PATIENCE  (5 * MONOTIME_PER_SECOND)
#define STEPS_MAX 8
#define TEXT_MAX  400

static const char letters[] = "andfe"; /* by enum gai_class */

struct scripted {
	struct walk_answer answer;
};

/* An answer that is on its way. */
struct pending {
	enum walk_family family;
	size_t step;
	monotime_t due;
	struct walk_answer answer;
	bool delivered;
};

struct drive {
	struct walk walk;
	struct scripted script[STEPS_MAX][2];
	struct pending pending[2 * STEPS_MAX];
	size_t pending_count;
	monotime_t now;
	size_t steps_written;
	bool written[2];
	bool typed;
	char text[TEXT_MAX];
};

static struct scripted
parse_answer(const char *text)
{
	struct scripted scripted = { .answer.outcome = GAI_FAILED };
	const char *letter = strchr(letters, *text);

	if (*text == 's') {
		scripted.answer.took = PATIENCE;
	} else {
		assert_non_null(letter);
		scripted.answer.outcome = (enum gai_class)(letter - letters);
		scripted.answer.took = atol(text + 1) * MONOTIME_PER_MS;
	}
	return (scripted);
}

static size_t
parse(struct drive *drive, const char *script)
{
	char copy[TEXT_MAX];
	size_t words = 0;

	snprintf(copy, sizeof(copy), "%s", script);
	for (char *word = strtok(copy, " |"); word != NULL;
	     word = strtok(NULL, " |"), words++)
		drive->script[words / 2][words % 2] = parse_answer(word);
	assert_int_equal(words % 2, 0);
	return (words / 2);
}

static void
note_time(struct drive *drive)
{
	text_append(drive->text, TEXT_MAX, "@");
	milliseconds_append(drive->text, TEXT_MAX, drive->now - EPOCH);
}

static void
ask(struct drive *drive)
{
	for (enum walk_family f = WALK_IPV6; f <= WALK_IPV4; f++) {
		struct walk *walk = &drive->walk;
		struct pending *pending;

		if (!walk_wants(walk, f))
			continue;
		walk_asked(walk, f);
		pending = &drive->pending[drive->pending_count++];
		pending->family = f;
		pending->step = walk->step;
		pending->answer = drive->script[walk->step][f].answer;
		pending->due = drive->now + pending->answer.took;
		if (walk->step < drive->steps_written)
			continue;
		text_append(drive->text, TEXT_MAX, "%s%zu",
		    walk->step == 0 ? "" : ", ", ++drive->steps_written);
		note_time(drive);
	}
	if (walk_ask_as_typed(&drive->walk)) {
		text_append(drive->text, TEXT_MAX, ", typed");
		note_time(drive);
		drive->typed = true;
	}
	assert_false(walk_ask_as_typed(&drive->walk));
}

static void
write_results(struct drive *drive)
{
	for (enum walk_family f = WALK_IPV6; f <= WALK_IPV4; f++) {
		const struct walk_answer *result = walk_result(&drive->walk, f);

		if (result == NULL || drive->written[f])
			continue;
		drive->written[f] = true;
		text_append(drive->text, TEXT_MAX, ", ");
		if (result->step != drive->walk.step)
			text_append(
			    drive->text, TEXT_MAX, "%zu:", result->step + 1);
		text_append(drive->text, TEXT_MAX, "%d=%c",
		    f == WALK_IPV6 ? 6 : 4, letters[result->outcome]);
		note_time(drive);
	}
}

/* Returns the answer that comes next, late ones too; NULL without any. */
static struct pending *
next_pending(struct drive *drive)
{
	struct pending *next = NULL;

	for (size_t i = 0; i < drive->pending_count; i++) {
		struct pending *pending = &drive->pending[i];

		if (!pending->delivered &&
		    (next == NULL || pending->due < next->due))
			next = pending;
	}
	return (next);
}

/* Lets time pass until something happens; false when nothing will. */
static bool
step(struct drive *drive)
{
	struct pending *next = next_pending(drive);
	monotime_t due = walk_expires_at(&drive->walk);

	if (next != NULL && next->due <= due) {
		drive->now = next->due;
		next->delivered = true;
		walk_take(&drive->walk, next->family, next->step, &next->answer,
		    drive->now);
	} else if (due != MONOTIME_NEVER) {
		walk_expire(&drive->walk, due - 1); /* not yet */
		assert_int_equal(walk_expires_at(&drive->walk), due);
		drive->now = due;
		walk_expire(&drive->walk, due);
	} else {
		return (false);
	}
	return (true);
}

static void
run(struct drive *drive, const char *script, monotime_t grace)
{
	size_t steps;

	*drive = (struct drive){ .now = EPOCH };
	steps = parse(drive, script);
	walk_init(&drive->walk, steps, grace, PATIENCE);
	do {
		ask(drive);
		write_results(drive);
	} while (step(drive));
	/* All is answered, and in one way. */
	assert_true(drive->typed != drive->written[0]);
	assert_true(drive->typed != drive->written[1]);
}

struct row {
	const char *rule;
	const char *script;
	const char *expected;
	monotime_t grace; /* 0: GRACE */
};

static void
check_all(const struct row *rows, size_t count)
{
	static struct drive drive;

	for (size_t i = 0; i < count; i++) {
		run(&drive, rows[i].script,
		    rows[i].grace == 0 ? GRACE : rows[i].grace);
		assert_row(rows[i].rule, rows[i].expected, drive.text);
	}
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void
an_address_of_either_family_is_the_end(void **state)
{
	static const struct row rows[] = {
		{ "both", "a10 a20 | a1 a1", "1@0, 6=a@10, 4=a@20", 0 },
		{ "A alone: AAAA is not looked for under the next name",
		    "d10 a20 | a1 a1", "1@0, 6=d@20, 4=a@20", 0 },
		{ "A first", "d20 a10 | a1 a1", "1@0, 4=a@10, 6=d@20", 0 },
		{ "AAAA alone", "a10 d5 | a1 a1", "1@0, 6=a@10, 4=d@10", 0 },
		{ "AAAA has no such name: its server is wrong",
		    "n10 a20 | a1 a1", "1@0, 6=n@20, 4=a@20", 0 },
		{ "the other family fails", "f10 a20 | a1 a1",
		    "1@0, 6=f@20, 4=a@20", 0 },
		{ "the other family is silent", "s a20 | a1 a1",
		    "1@0, 4=a@20, 6=f@5000", 0 },
		{ "A is silent", "a10 s | a1 a1", "1@0, 6=a@10, 4=f@5000", 0 },
		{ "in the second step", "n10 n10 | d5 a7 | a1 a1",
		    "1@0, 2@10, 6=d@17, 4=a@17", 0 },
		{ "out of descriptors for the other", "e0 a20 | a1 a1",
		    "1@0, 6=e@20, 4=a@20", 0 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
both_negative_is_the_next_name(void **state)
{
	static const struct row rows[] = {
		{ "no such name", "n10 n20 | a5 a6",
		    "1@0, 2@20, 6=a@25, 4=a@26", 0 },
		{ "no data", "d30 d20 | a5 a6", "1@0, 2@30, 6=a@35, 4=a@36",
		    0 },
		{ "one each", "n10 d20 | a5 a6", "1@0, 2@20, 6=a@25, 4=a@26",
		    0 },
		{ "three names", "n10 n10 | d10 d10 | n10 n10",
		    "1@0, 2@10, 3@20, 2:6=d@30, 2:4=d@30", 0 },
		{ "none exists", "n10 n10 | n10 n10",
		    "1@0, 2@10, 6=n@20, 4=n@20", 0 },
		{ "the first name that exists is the reason",
		    "n1 n1 | d1 n1 | d1 d1", "1@0, 2@1, 3@2, 2:6=d@3, 4=d@3",
		    0 },
		{ "one name alone", "d10 n5", "1@0, 6=d@10, 4=n@10", 0 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
no_such_name_for_a_is_almost_the_end(void **state)
{
	static const struct row rows[] = {
		{ "AAAA is waited for 50 ms more", "a200 n20 | n5 a6",
		    "1@0, 2@70, 6=n@76, 4=a@76", 0 },
		{ "AAAA within them", "a60 n20 | a5 a6", "1@0, 6=a@60, 4=n@60",
		    0 },
		{ "AAAA at their end", "a70 n20 | a5 a6", "1@0, 6=a@70, 4=n@70",
		    0 },
		{ "negative within them", "d60 n20 | a5 d6",
		    "1@0, 2@60, 6=a@65, 4=d@66", 0 },
		{ "silent", "s n20 | n5 a6", "1@0, 2@70, 6=n@76, 4=a@76", 0 },
		{ "silent under each name", "s n20 | s n20",
		    "1@0, 2@70, 6=n@140, 4=n@140", 0 },
		{ "given up before it", "s n5100 | n5 a6",
		    "1@0, 2@5100, 6=n@5106, 4=a@5106", 0 },
		{ "given up within them", "s n4980 | n5 a6",
		    "1@0, 2@5000, 6=n@5006, 4=a@5006", 0 },
		{ "given up under the last name", "n1 n1 | s n4980",
		    "1@0, 2@1, 6=n@5001, 4=n@5001", 0 },
		{ "a late answer is of no name any more",
		    "a80 n20 | d60 d60 | n10 n10",
		    "1@0, 2@70, 3@130, 2:6=d@140, 2:4=d@140", 0 },
		{ "another grace period", "a200 n20 | n5 a6",
		    "1@0, 2@21, 6=n@27, 4=a@27", MONOTIME_PER_MS },
		{ "no end of it", "a200 n20 | n5 a6", "1@0, 6=a@200, 4=n@200",
		    MONOTIME_NEVER },
		{ "no data for A is not", "a200 d20 | a5 a6",
		    "1@0, 6=a@200, 4=d@200", 0 },
		{ "no such name for AAAA is not", "n20 a200 | a5 a6",
		    "1@0, 6=n@200, 4=a@200", 0 },
		{ "a failure for A is not", "a200 f20 | a5 a6",
		    "1@0, 6=a@200, 4=f@200", 0 },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
failures_are_left_to_the_system_and_silence_is_the_end(void **state)
{
	static const struct row rows[] = {
		{ "both fail at once", "f10 f20 | a1 a1", "1@0, typed@20", 0 },
		{ "AAAA fails, A has no data", "f10 d20 | a1 a1",
		    "1@0, typed@20", 0 },
		{ "AAAA has no such name, A fails", "n30 f20 | a1 a1",
		    "1@0, typed@30", 0 },
		{ "A has no such name, AAAA fails within the grace period",
		    "f30 n20 | a1 a1", "1@0, typed@30", 0 },
		{ "in the second step", "n1 n1 | f1 d1 | a1 a1",
		    "1@0, 2@1, typed@2", 0 },
		{ "in the last one", "n1 n1 | f1 f1", "1@0, 2@1, typed@2", 0 },
		{ "just within the resolver's patience", "f4999 d10 | a1 a1",
		    "1@0, typed@4999", 0 },
		{ "as long as that is silence", "f5000 d10 | a1 a1",
		    "1@0, 6=f@5000, 4=d@5000", 0 },
		{ "both silent", "s s | a1 a1", "1@0, 6=f@5000, 4=f@5000", 0 },
		{ "A is silent", "n10 s | a1 a1", "1@0, 6=n@5000, 4=f@5000",
		    0 },
		{ "AAAA is silent, and A fails at once", "s f10 | a1 a1",
		    "1@0, 6=f@5000, 4=f@5000", 0 },
		{ "silent in the second step", "n1 n1 | s d1 | a1 a1",
		    "1@0, 2@1, 6=f@5001, 4=d@5001", 0 },
		{ "this machine cannot ask", "e1 d1 | a1 a1",
		    "1@0, 6=e@1, 4=d@1", 0 },
		{ "nor one of them", "e1 f1 | a1 a1", "1@0, 6=e@1, 4=f@1", 0 },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* The table of the header, in each step, whichever is answered first. */
static void
every_pair_of_answers(void **state)
{
	static const char *const aaaa[] = { "a", "d", "n", "f", "s" };
	/* E: end, N: next, T: as typed, F: fail; columns as the rows. */
	static const char table[][6] = { "EEEEE", "ENNTF", "ENNTF", "ETTTF",
		"EFNFF" };
	static struct drive drive;
	char script[TEXT_MAX], what;

	(void)state;
	for (size_t i = 0; i < 5 * 5 * 3 * 2; i++) {
		size_t row = i % 5, column = i / 5 % 5, before = i / 25 % 3;
		bool a_first = i / 75 == 1;

		script[0] = '\0';
		for (size_t j = 0; j < before; j++)
			text_append(script, TEXT_MAX, "n1 n1 | ");
		text_append(script, TEXT_MAX, "%s%s %s%s | a1 a1", aaaa[row],
		    a_first ? "20" : "10", aaaa[column], a_first ? "10" : "20");
		run(&drive, script, GRACE);
		if (drive.typed)
			what = 'T';
		else if (drive.walk.state == WALK_NOT_FOUND)
			what = 'F';
		else
			what = drive.walk.step == before ? 'E' : 'N';
		if (what != table[row][column])
			fail_msg("%s: %c, not %c: %s", script, what,
			    table[row][column], drive.text);
	}
}

/* The thread that is to ask for AAAA comes late. */
static void
a_family_is_asked_although_the_other_is_answered(void **state)
{
	const struct walk_answer found = { .outcome = GAI_ADDRESSES };
	struct walk walk;

	(void)state;
	walk_init(&walk, 2, GRACE, PATIENCE);
	assert_true(walk_wants(&walk, WALK_IPV4));
	walk_asked(&walk, WALK_IPV4);
	assert_true(walk_take(&walk, WALK_IPV4, 0, &found, EPOCH));
	assert_non_null(walk_result(&walk, WALK_IPV4));
	assert_null(walk_result(&walk, WALK_IPV6));
	assert_true(walk_wants(&walk, WALK_IPV6));
	walk_asked(&walk, WALK_IPV6);
	assert_false(walk_wants(&walk, WALK_IPV6));
	assert_true(walk_take(&walk, WALK_IPV6, 0, &found, EPOCH));
	assert_non_null(walk_result(&walk, WALK_IPV6));
	/* An answer more is none. */
	assert_false(walk_take(&walk, WALK_IPV6, 0, &found, EPOCH));
}

/* It comes after the grace period, when the next name is asked. */
static void
a_family_that_was_not_asked_is_left_behind_too(void **state)
{
	const struct walk_answer none = { .outcome = GAI_NO_NAME };
	struct walk walk;

	(void)state;
	walk_init(&walk, 2, GRACE, PATIENCE);
	walk_asked(&walk, WALK_IPV4);
	assert_true(walk_take(&walk, WALK_IPV4, 0, &none, EPOCH));
	assert_true(walk_wants(&walk, WALK_IPV6));
	walk_expire(&walk, EPOCH + GRACE);
	assert_int_equal(walk.step, 1);
	assert_true(walk_wants(&walk, WALK_IPV6));
	assert_true(walk_wants(&walk, WALK_IPV4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_of_either_family_is_the_end),
		cmocka_unit_test(both_negative_is_the_next_name),
		cmocka_unit_test(no_such_name_for_a_is_almost_the_end),
		cmocka_unit_test(
		    failures_are_left_to_the_system_and_silence_is_the_end),
		cmocka_unit_test(every_pair_of_answers),
		cmocka_unit_test(
		    a_family_is_asked_although_the_other_is_answered),
		cmocka_unit_test(
		    a_family_that_was_not_asked_is_left_behind_too),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
