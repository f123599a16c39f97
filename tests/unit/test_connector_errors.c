/* SPDX-License-Identifier: ISC */
/*
 * What a connector has of its failures: every lookup and attempt in the order
 * of their start, each with its reason, and all of them in one sentence. One
 * entry is rendered as a line.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "fake/connect_drive.h"
#include "fake/fake_address.h"
#include "fake/seconds.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *
name_of(const struct sockaddr *sa, char *name)
{
	struct address address;

	assert_true(
	    address_from_sockaddr(&address, sa, sizeof(struct sockaddr_in6)));
	return (fake_address_name(&address, name));
}

static void
render_attempt(char *text, const struct hecat_error_entry *entry)
{
	static const char *const outcomes[] = {
		[HECAT_OUTCOME_WON] = "won",
		[HECAT_OUTCOME_FAILED] = "failed",
		[HECAT_OUTCOME_TIMED_OUT] = "timed out",
		[HECAT_OUTCOME_CANCELLED] = "cancelled",
		[HECAT_OUTCOME_CLOSED] = "closed",
	};
	const struct sockaddr *source = hecat_error_entry_get_source(entry);
	char name[FAKE_ADDRESS_NAME_MAX];

	text_append(text, FAKE_TEXT_MAX, "%s",
	    name_of(hecat_error_entry_get_address(entry), name));
	if (source != NULL)
		text_append(text, FAKE_TEXT_MAX, "<%s", name_of(source, name));
	assert_int_equal(hecat_error_entry_get_family(entry),
	    hecat_error_entry_get_address(entry)->sa_family);
	assert_null(hecat_error_entry_get_icmp_sender(entry));
	text_append(text, FAKE_TEXT_MAX, " %s %d",
	    outcomes[hecat_error_entry_get_outcome(entry)],
	    hecat_error_entry_get_error(entry));
}

/* Renders the list: "AAAA -5: no address; 6a failed 111: refused". */
static void
render(char *text, const struct hecat_connector *connector)
{
	size_t count = hecat_connector_get_error_count(connector);

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct hecat_error_entry *entry =
		    hecat_connector_get_error(connector, i);

		text_append(text, FAKE_TEXT_MAX, "%s", i > 0 ? "; " : "");
		if (hecat_error_entry_get_kind(entry) ==
		    HECAT_ERROR_KIND_ATTEMPT) {
			render_attempt(text, entry);
		} else {
			assert_null(hecat_error_entry_get_address(entry));
			assert_null(hecat_error_entry_get_source(entry));
			text_append(text, FAKE_TEXT_MAX, "%s %d",
			    hecat_error_entry_get_family(entry) == AF_UNSPEC
				? "AAAA+A"
				: hecat_error_entry_get_family(entry) == AF_INET
				? "A"
				: "AAAA",
			    hecat_error_entry_get_error(entry));
		}
		text_append(text, FAKE_TEXT_MAX, ": %s",
		    hecat_error_entry_get_text(entry));
	}
	assert_null(hecat_connector_get_error(connector, count));
}

/* A connect, its list of errors, and the sentence. */
struct row {
	struct connect_row connect;
	const char *list;
	const char *sentence;
};

static void
check(const struct row *row, enum fake_order order)
{
	struct connect connect;
	char text[FAKE_TEXT_MAX];
	int length;

	connect_init(&connect, &row->connect);
	connect.world.order = order;
	/* Before the end there is no list. */
	while (connect.callbacks == 0) {
		assert_int_equal(
		    hecat_connector_get_error_count(connect.connector), 0);
		assert_true(fake_world_step(&connect.world));
	}
	render(text, connect.connector);
	assert_row(row->connect.rule, row->list, text);
	length = hecat_connector_format_errors(
	    connect.connector, text, sizeof(text));
	assert_int_equal(length, strlen(text));
	assert_row(row->connect.rule, row->sentence, text);
	connect_release(&connect);
}

/* clang-format off */
static const struct row rows[] = {
	{ { .rule = "lookups before attempts, attempts as they started",
	    .aaaa = "30 nodata", .a = "10 4a 4b", .resolution_delay = "0",
	    .attempts = "4a=300R 4b=5R" },
	  "AAAA -5: No address associated with hostname;"
	  " 4a failed 111: Connection refused;"
	  " 4b failed 111: Connection refused",
	  "host.example port 80: no connection: AAAA lookup: No address"
	  " associated with hostname; 192.0.2.97:80, 192.0.2.98:80:"
	  " Connection refused" },
	{ { .rule = "no packet needed, timed out, no answer",
	    .addresses = "6a 6b 4a", .attempts = "6a=U",
	    .attempt_timeout = "300", .timeout = "400" },
	  "6a failed 101: Network is unreachable; 4a timed out 110: timed out;"
	  " 6b cancelled 0: no answer",
	  "no connection in time: [2001:db8::a:1]:80: Network is unreachable;"
	  " 192.0.2.97:80: timed out; [2001:db8::b:1]:80: no answer" },
	{ { .rule = "closed before it was a success, and no data",
	    .addresses = "6a 6b", .attempts = "6a=5S,10C 6b=5S",
	    .success = HECAT_SUCCESS_DATA, .timeout = "100" },
	  "6a closed 0: closed by the peer; 6b cancelled 0: connected, no data",
	  "no connection in time: [2001:db8::a:1]:80: closed by the peer;"
	  " [2001:db8::b:1]:80: connected, no data" },
	{ { .rule = "a source for each",
	    .addresses = "4a", .sources = "4s 4t",
	    .attempts = "4a<4s=5R 4a<4t=5R" },
	  "4a<4s failed 111: Connection refused;"
	  " 4a<4t failed 111: Connection refused",
	  "no connection: 192.0.2.97:80, 192.0.2.97:80: Connection refused" },
	{ { .rule = "one negative answer to both questions",
	    .both = "10 noname" },
	  "AAAA -2: Name or service not known; A -2: Name or service not known",
	  "host.example port 80: no usable address: AAAA lookup, A lookup:"
	  " Name or service not known" },
	{ { .rule = "A is answered first, AAAA was asked first",
	    .a = "10 again", .aaaa = "20 noname" },
	  "AAAA -2: Name or service not known;"
	  " A -3: Temporary failure in name resolution",
	  "host.example port 80: no usable address: AAAA lookup: Name or"
	  " service not known; A lookup: Temporary failure in name"
	  " resolution" },
	{ { .rule = "nothing was answered", .timeout = "100" },
	  "AAAA -3: no answer; A -3: no answer",
	  "host.example port 80: no connection in time: AAAA lookup, A lookup:"
	  " no answer" },
	{ { .rule = "one was not answered", .a = "10 4a", .attempts = "4a=5R",
	    .resolution_delay = "0", .timeout = "100" },
	  "AAAA -3: no answer; 4a failed 111: Connection refused",
	  "host.example port 80: no connection in time: AAAA lookup: no answer;"
	  " 192.0.2.97:80: Connection refused" },
	{ { .rule = "the only one was not answered", .family = AF_INET,
	    .timeout = "100" },
	  "A -3: no answer",
	  "host.example port 80: no connection in time: A lookup: no answer" },
	{ { .rule = "one question for both was not answered",
	    .order = HECAT_ORDER_RESOLVER, .timeout = "100" },
	  "AAAA+A -3: no answer",
	  "host.example port 80: no connection in time: AAAA+A lookup: no"
	  " answer" },
	{ { .rule = "there was no descriptor to ask with",
	    .resolver_error = EMFILE, .family = AF_INET6, .timeout = "150" },
	  "AAAA -11: Too many open files",
	  "host.example port 80: no connection in time: AAAA lookup: Too many"
	  " open files" },
	{ { .rule = "there was no descriptor for one more attempt",
	    .addresses = "6a 6b 4a", .attempts = "6a=5R", .descriptors = 1,
	    .timeout = "400" },
	  "6a failed 111: Connection refused; 4a cancelled 0: no answer;"
	  " 6b failed 24: Too many open files",
	  "no connection in time: [2001:db8::a:1]:80: Connection refused;"
	  " 192.0.2.97:80: no answer; [2001:db8::b:1]:80: Too many open"
	  " files" },
	{ { .rule = "what was asked again counts once",
	    .no_descriptor_until = "1", .no_descriptor_family = AF_INET,
	    .aaaa = "10 noname", .a = "1 4a", .both = "5 nodata" },
	  "AAAA -5: No address associated with hostname;"
	  " A -5: No address associated with hostname",
	  "host.example port 80: no usable address: AAAA lookup, A lookup: No"
	  " address associated with hostname" },
	{ { .rule = "what was asked again is answered",
	    .no_descriptor_until = "1", .no_descriptor_family = AF_INET,
	    .aaaa = "10 again", .a = "1 4a", .both = "5 4a 6a",
	    .attempts = "6a=5R 4a=5R" },
	  "6a failed 111: Connection refused;"
	  " 4a failed 111: Connection refused",
	  "host.example port 80: no connection: [2001:db8::a:1]:80,"
	  " 192.0.2.97:80: Connection refused" },
	{ { .rule = "a literal", .host = "192.0.2.97", .attempts = "4a=5R" },
	  "4a failed 111: Connection refused",
	  "192.0.2.97 port 80: no connection: 192.0.2.97:80: Connection"
	  " refused" },
	{ { .rule = "the name is not trusted", .host = "a\x1b[2Jb\xc3\xbc",
	    .timeout = "100" },
	  "AAAA -3: no answer; A -3: no answer",
	  "a?[2Jb\xc3\xbc port 80: no connection in time: AAAA lookup, A"
	  " lookup: no answer" },
	{ { .rule = "of a success those that had failed before",
	    .addresses = "6a 6b 4a", .attempts = "6a=5R 4a=400S" },
	  "6a failed 111: Connection refused", "" },
};
/* clang-format on */

static void
every_failure_in_start_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		for (int order = 0; order < FAKE_ORDER_COUNT; order++)
			check(&rows[i], (enum fake_order)order);
}

/* Like snprintf(3): cut off, ended with a NUL, and the whole length returned.
 */
static void
a_sentence_has_the_room_that_there_is(void **state)
{
	struct connect connect;
	char whole[FAKE_TEXT_MAX], part[FAKE_TEXT_MAX];
	int length;

	(void)state;
	connect_init(&connect, &rows[0].connect);
	connect_run(&connect);
	length = hecat_connector_format_errors(
	    connect.connector, whole, sizeof(whole));
	assert_int_equal(
	    hecat_connector_format_errors(connect.connector, NULL, 0), length);
	for (size_t size = 1; size < (size_t)length + 3; size++) {
		memset(part, 'x', sizeof(part));
		assert_int_equal(hecat_connector_format_errors(
				     connect.connector, part, size),
		    length);
		assert_int_equal(strnlen(part, sizeof(part)),
		    size <= (size_t)length ? size - 1 : (size_t)length);
		assert_memory_equal(part, whole, strlen(part));
		assert_int_equal(part[size], 'x');
	}
	connect_release(&connect);
}

static void
an_icmp_sender_and_a_system_error_are_kept(void **state)
{
	struct address address = fake_address("6a", 80);
	struct address sender = fake_address("6e", 0);
	struct errors errors = { .count = 0 };
	const struct hecat_error_entry *entry;

	(void)state;
	errors_add(&errors,
	    &(struct hecat_event){
		.type = HECAT_EVENT_ATTEMPT_ENDED,
		.outcome = HECAT_OUTCOME_FAILED,
		.error = EACCES,
		.address = &address.sa,
		.icmp_sender = &sender.sa,
	    });
	errors_add(&errors,
	    &(struct hecat_event){
		.type = HECAT_EVENT_ANSWER,
		.family = AF_INET6,
		.error = EAI_SYSTEM,
		.system_error = EIO,
	    });
	errors_complete(&errors, false);
	entry = errors_at(&errors, 0);
	assert_int_equal(hecat_error_entry_get_system_error(entry), EIO);
	assert_string_equal(hecat_error_entry_get_text(entry), strerror(EIO));
	entry = errors_at(&errors, 1);
	address_from_sockaddr(&address,
	    hecat_error_entry_get_icmp_sender(entry), sizeof(address.in6));
	assert_true(address_equal(&address, &sender));
	assert_string_equal(
	    hecat_error_entry_get_text(entry), strerror(EACCES));
	errors_release(&errors);
	assert_int_equal(errors_count(&errors), 0);
}

static void
a_cancel_is_a_reason_too(void **state)
{
	struct connect connect;
	char text[FAKE_TEXT_MAX];

	(void)state;
	connect_init(&connect,
	    &(struct connect_row){ .addresses = "6a", .timeout = "100" });
	fake_world_step(&connect.world);
	hecat_connector_cancel(connect.connector);
	hecat_connector_format_errors(connect.connector, text, sizeof(text));
	assert_string_equal(text, "cancelled: [2001:db8::a:1]:80: no answer");
	connect_release(&connect);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failure_in_start_order),
		cmocka_unit_test(a_sentence_has_the_room_that_there_is),
		cmocka_unit_test(an_icmp_sender_and_a_system_error_are_kept),
		cmocka_unit_test(a_cancel_is_a_reason_too),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
