/* SPDX-License-Identifier: ISC */
/*
 * A made-up host, and a player for rows.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fake/candidates_drive.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"

static void
source_of(const struct address *destination, struct destsort_source *source,
    void *arg)
{
	struct host *host = arg;
	char name[FAKE_ADDRESS_NAME_MAX];

	host->asked++;
	fake_address_name(destination, name);
	*source = (struct destsort_source){ .prefix_length = 0 };
	if (host->unreachable != NULL &&
	    strstr(host->unreachable, name) != NULL)
		return;
	source->found = true;
	source->address = fake_address(
	    address_family(destination) == AF_INET ? "4z" : "6f", 0);
}

void
fixture_init(struct fixture *fixture, const struct row *row)
{
	size_t first = row->first_address_family_count;

	*fixture = (struct fixture){ .host.unreachable = row->unreachable };
	policy_table_init(&fixture->table);
	if (row->equal)
		fixture->table.precedences.count = 0;
	candidates_init(&fixture->candidates,
	    &(struct candidates_policy){
		.order = row->order,
		.preferred_family = row->preferred_family,
		.first_address_family_count = first == 0 ? 1 : first,
		.sources = fixture->sources,
		.source_count = row->sources == NULL
		    ? 0
		    : fake_addresses(
			  row->sources, 0, fixture->sources, DRIVE_BATCH_MAX),
		.table = &fixture->table,
		.source_of = source_of,
		.source_arg = &fixture->host,
	    });
}

void
fixture_release(struct fixture *fixture)
{
	candidates_release(&fixture->candidates);
}

int
fixture_add(struct fixture *fixture, const char *names)
{
	struct address addresses[DRIVE_BATCH_MAX];
	size_t count = fake_addresses(names, 80, addresses, DRIVE_BATCH_MAX);

	return (candidates_add(&fixture->candidates, addresses, count,
	    fixture->ahead ? CANDIDATES_AHEAD : CANDIDATES_BEHIND));
}

bool
fixture_try(struct fixture *fixture)
{
	size_t untried = candidates_untried(&fixture->candidates);
	const struct address *destination, *source;
	char name[FAKE_ADDRESS_NAME_MAX];

	if (!candidates_next(&fixture->candidates, &destination, &source)) {
		assert_int_equal(untried, 0);
		return (false);
	}
	text_append(fixture->tried, DRIVE_TEXT_MAX, "%s%s",
	    fixture->tried[0] == '\0' ? "" : " ",
	    fake_address_name(destination, name));
	if (source != NULL)
		text_append(fixture->tried, DRIVE_TEXT_MAX, "<%s",
		    fake_address_name(source, name));
	candidates_advance(&fixture->candidates);
	assert_int_equal(candidates_untried(&fixture->candidates), untried - 1);
	return (true);
}

static void
play(struct fixture *fixture, const char *answers)
{
	char batch[DRIVE_TEXT_MAX];
	size_t length;

	while (*answers != '\0') {
		answers += strspn(answers, " ");
		length = strcspn(answers, ",>");
		fixture->ahead = *answers == '<';
		answers += fixture->ahead;
		length -= fixture->ahead;
		batch[0] = '\0';
		text_append(
		    batch, DRIVE_TEXT_MAX, "%.*s", (int)length, answers);
		assert_true(fixture_add(fixture, batch) >= 0);
		answers += length;
		if (*answers == '>')
			for (int i = answers[1] - '0'; i > 0; i--)
				assert_true(fixture_try(fixture));
		answers += *answers == '>' ? 2 : *answers == ',';
	}
	while (fixture_try(fixture))
		continue;
}

void
candidates_drive_all(const struct row *rows, size_t count)
{
	struct fixture fixture;

	for (size_t i = 0; i < count; i++) {
		fixture_init(&fixture, &rows[i]);
		play(&fixture, rows[i].answers);
		assert_row(rows[i].rule, rows[i].tried, fixture.tried);
		fixture_release(&fixture);
	}
}
