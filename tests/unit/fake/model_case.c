/* SPDX-License-Identifier: ISC */
/*
 * Cases made by decisions: answers, sources, what becomes of each attempt, and
 * every option.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fake/connect_drive.h"
#include "fake/connect_model.h"
#include "fake/fake_address.h"
#include "fake/model_case.h"
#include "fake/seconds.h"

/* What decides. */
static int (*any)(int below);

static int
any_family(void)
{
	return (any(2) == 0 ? AF_INET6 : AF_INET);
}

/* Mostly no family. */
static int
maybe_family(void)
{
	return (any(4) == 0 ? any_family() : AF_UNSPEC);
}

/* Duplicates are as likely as not. */
static struct model_destination
any_destination(int family)
{
	struct model_destination destination = { .family = family };

	destination.name[0] = family == AF_INET6 ? '6' : '4';
	destination.name[1] = (char)('a' + any(5));
	return (destination);
}

static void
fill_answer(struct model_answer *answer, int family, int max)
{
	answer->count = (size_t)any(max + 1);
	for (size_t i = 0; i < answer->count; i++)
		answer->destinations[i] = any_destination(
		    family == AF_UNSPEC ? any_family() : family);
}

static void
fill_answers(struct model_case *given)
{
	given->looked_up = any(2) == 0;
	if (given->looked_up) {
		for (size_t i = 0; i < 2; i++) {
			fill_answer(
			    &given->answers[i], i == 0 ? AF_INET6 : AF_INET, 4);
			given->answers[i].time = any(8) == 0 ? MODEL_NEVER
							     : any(60);
		}
		return;
	}
	given->as_given = any(4) == 0;
	fill_answer(&given->answers[0], AF_UNSPEC, 7);
	given->answers[0].count++;
	given->answers[0].destinations[given->answers[0].count - 1] =
	    any_destination(any_family());
	given->answers[1].time = MODEL_NEVER;
}

/* The sources share no bits with the destinations that would sort them. */
static void
fill_sources(struct model_case *given)
{
	static const char *const names[2][MODEL_SOURCES_MAX] = { { "4s", "4t",
								     "4u" },
		{ "2001:db8:f::1", "2001:db8:f::2", "2001:db8:f::3" } };

	if (any(3) != 0)
		return;
	given->source_count = 1 + (size_t)any(MODEL_SOURCES_MAX);
	for (size_t i = 0; i < given->source_count; i++) {
		int family = any_family();

		given->sources[i].family = family;
		strcpy(given->sources[i].name, names[family == AF_INET6][i]);
	}
}

static void
fill_fates(struct model_case *given)
{
	static const char kinds[] = "SRRRHHU";

	for (size_t i = 0; i < 26; i++)
		for (size_t j = 0; j < 2; j++)
			for (size_t k = 0; k < MODEL_SOURCES_MAX; k++) {
				struct model_fate *fate =
				    &given->fates[i][j][k];

				fate->kind = kinds[any(7)];
				fate->after = 1 + any(70);
			}
}

static void
fill_case(struct model_case *given)
{
	*given = (struct model_case){ .looked_up = false };
	fill_answers(given);
	fill_sources(given);
	fill_fates(given);
	given->delay = 10 + any(30);
	if (any(8) == 0)
		given->delay = any(2) == 0 ? 0 : MODEL_NEVER;
	given->resolution_delay = any(4) == 0 ? 0 : any(40);
	given->timeout = 1 + any(300);
	given->attempt_timeout = any(4) == 0 ? 1 + any(60) : MODEL_NEVER;
	given->first_address_family_count = 1 + (size_t)(any(3) == 0) +
	    (size_t)(any(6) == 0);
	given->preferred_family = maybe_family();
	given->absent_family = maybe_family();
	given->descriptors = any(4) == 0 ? 1 + (size_t)any(3) : 0;
}

/* The case as a row, and the texts that the row points to. */
struct case_row {
	struct connect_row row;
	char attempts[8192];
	char answers[2][128];
	char sources[64];
	char times[4][16];
};

static const char *
write_time(char *text, int time)
{
	text[0] = '\0';
	if (time == MODEL_NEVER)
		text_append(text, 16, "none");
	else
		text_append(text, 16, "%d", time);
	return (text);
}

static void
write_names(char *text, size_t size,
    const struct model_destination *destinations, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_append(text, size, "%s%s", text[0] == '\0' ? "" : " ",
		    destinations[i].name);
}

/* Writes "10 6a 6b", or "10 nodata"; NULL for silence. */
static const char *
write_answer(char *text, size_t size, const struct model_answer *answer)
{
	text[0] = '\0';
	if (answer->time == MODEL_NEVER)
		return (NULL);
	text_append(text, size, "%d", answer->time);
	if (answer->count == 0)
		text_append(text, size, " nodata");
	write_names(text, size, answer->destinations, answer->count);
	return (text);
}

static void
write_fate(struct case_row *row, const struct model_case *given,
    const struct model_destination *destination, size_t source)
{
	const struct model_fate *fate = connect_model_fate(
	    given, destination, source);
	char *text = row->attempts + strlen(row->attempts);
	size_t size = sizeof(row->attempts) - (size_t)(text - row->attempts);

	text_append(text, size, "%s", destination->name);
	if (given->source_count > 0)
		text_append(text, size, "<%s", given->sources[source].name);
	text_append(text, size, "=");
	if (fate->kind == 'S' || fate->kind == 'R')
		text_append(text, size, "%d", fate->after);
	text_append(text, size, "%c ", fate->kind);
}

static void
write_fates(struct case_row *row, const struct model_case *given)
{
	size_t sources = given->source_count == 0 ? 1 : given->source_count;

	row->attempts[0] = '\0';
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < given->answers[i].count; j++)
			for (size_t k = 0; k < sources; k++)
				write_fate(row, given,
				    &given->answers[i].destinations[j], k);
}

static void
write_case(struct case_row *row, const struct model_case *given)
{
	row->row = (struct connect_row){
		.delay = write_time(row->times[0], given->delay),
		.resolution_delay = write_time(
		    row->times[1], given->resolution_delay),
		.timeout = write_time(row->times[2], given->timeout),
		.attempt_timeout = write_time(
		    row->times[3], given->attempt_timeout),
		.attempts = row->attempts,
		.first_address_family_count = given->first_address_family_count,
		.order = given->as_given ? HECAT_ORDER_RESOLVER
					 : HECAT_ORDER_SORTED,
		.preferred_family = given->preferred_family,
		.absent_family = given->absent_family,
		.descriptors = given->descriptors,
	};
	row->sources[0] = row->answers[0][0] = '\0';
	write_names(row->sources, sizeof(row->sources), given->sources,
	    given->source_count);
	row->row.sources = row->sources;
	write_fates(row, given);
	if (given->looked_up) {
		row->row.aaaa = write_answer(
		    row->answers[0], 128, &given->answers[0]);
		row->row.a = write_answer(
		    row->answers[1], 128, &given->answers[1]);
	} else {
		write_names(row->answers[0], 128,
		    given->answers[0].destinations, given->answers[0].count);
		row->row.addresses = row->answers[0];
	}
}

/* Returns an order of events in which the model is right. */
static enum fake_order
any_order(const struct model_result *expected)
{
	enum fake_order order = (enum fake_order)any(FAKE_ORDER_COUNT);

	return (expected->tied ? FAKE_ANSWERS_FIRST : order);
}

void
model_case_check(const char *name, int (*decide)(int below))
{
	static struct model_case given;
	static struct model_result expected;
	static struct case_row row;
	static struct connect connect;

	any = decide;
	fill_case(&given);
	write_case(&row, &given);
	connect_model_play(&given, &expected);

	connect_init(&connect, &row.row);
	connect.world.order = any_order(&expected);
	connect.free_inside = any(2) == 0;
	connect_run(&connect);
	assert_row(name, expected.text, connect.world.text);
	connect_release(&connect);
}
