/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver where a name stands for several, without a network:
 * this program has a getaddrinfo of its own, that answers from a script, and
 * its own /etc/hosts and /etc/nsswitch.conf.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "address.h"
#include "clock.h"
#include "fake/child.h"
#include "fake/real_loop.h"
#include "resolver.h"
#include "fake/seconds.h"
#include "thread_pool.h"

#define TEXT_MAX      512
#define CALLS_WRITTEN 8 /* the rest is counted only */
#define GRACE         (20 * MONOTIME_PER_MS)

/* What the system answers to one question; the rest does not exist. */
struct scripted {
	const char *name;
	int family;
	int error;
	const char *address;
	bool hangs; /* until the gate is open */
};

/* The lock protects all of it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const struct scripted *script;
	bool open;
	char text[TEXT_MAX]; /* what was asked, in the order it was */
	size_t calls;
	size_t hanging;
	bool no_threads;
	const char *hosts;
	const char *services;
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

struct fixture {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_request *lookup;
	size_t descriptors;
	size_t answers;
	char text[TEXT_MAX]; /* the answers, in their order */
};

FILE *
fopen(const char *restrict path, const char *restrict mode)
{
	FILE *file = tmpfile();

	(void)mode;
	if (file == NULL)
		return (NULL);
	pthread_mutex_lock(&gate.lock);
	fputs(
	    strcmp(path, "/etc/hosts") == 0 ? gate.hosts : gate.services, file);
	pthread_mutex_unlock(&gate.lock);
	rewind(file);
	return (file);
}

int
pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr,
    void *(*start)(void *), void *restrict arg)
{
	int (*real)(
	    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (gate.no_threads)
		return (EAGAIN);
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return (real(thread, attr, start, arg));
}

static const char *
family_text(int family)
{
	if (family == AF_UNSPEC)
		return ("both");
	return (family == AF_INET6 ? "AAAA" : "A");
}

/* One address; it and its list are one piece of memory. */
static struct addrinfo *
new_info(const char *text)
{
	struct {
		struct addrinfo info;
		struct address address;
	} *both = calloc(1, sizeof(*both));

	if (both == NULL || address_parse(&both->address, text, 0) != 0)
		abort();
	both->info.ai_addr = &both->address.sa;
	both->info.ai_addrlen = both->address.length;
	both->info.ai_family = address_family(&both->address);
	return (&both->info);
}

static const struct scripted *
find(const char *name, int family)
{
	const struct scripted *found = gate.script;

	while (found->name != NULL &&
	    (found->family != family || strcmp(found->name, name) != 0))
		found++;
	return (found);
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	const struct scripted *answer;
	int error = EAI_NONAME;

	(void)service;
	pthread_mutex_lock(&gate.lock);
	if (gate.calls++ < CALLS_WRITTEN)
		text_append(gate.text, TEXT_MAX, "%s%s %s",
		    gate.calls == 1 ? "" : ", ", family_text(hints->ai_family),
		    name);
	answer = find(name, hints->ai_family);
	gate.hanging += answer->hangs;
	pthread_cond_broadcast(&gate.changed);
	while (answer->hangs && !gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	if (answer->name != NULL)
		error = answer->error;
	if (error == 0)
		*result = new_info(answer->address);
	return (error);
}

void
freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

static void
open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

/* Waits until `count` calls hang. */
static void
wait_for_hanging(size_t wanted)
{
	size_t hanging;

	do {
		sched_yield();
		pthread_mutex_lock(&gate.lock);
		hanging = gate.hanging;
		pthread_mutex_unlock(&gate.lock);
	} while (hanging < wanted && real_loop_in_time());
	assert_int_equal(hanging, wanted);
}

static void
forget_calls(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.text[0] = '\0';
	gate.calls = gate.hanging = 0;
	gate.open = gate.no_threads = false;
	gate.hosts = "";
	gate.services = "hosts: files dns\n";
	pthread_mutex_unlock(&gate.lock);
}

/* Sets what is answered from now on. */
static void
set_script(const struct scripted *script)
{
	pthread_mutex_lock(&gate.lock);
	gate.script = script;
	pthread_mutex_unlock(&gate.lock);
}

static int
setup(void **state)
{
	static struct fixture fixture;

	forget_calls();
	fixture = (struct fixture){ .base = real_loop_new() };
	fixture.resolver = resolver_system_new(fixture.base);
	assert_non_null(fixture.resolver);
	fixture.descriptors = open_descriptors();
	*state = &fixture;
	return (0);
}

static void
cancel(struct fixture *fixture)
{
	fixture->resolver->ops->cancel(fixture->lookup);
	fixture->lookup = NULL;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->lookup != NULL)
		cancel(fixture);
	open_gate();
	real_loop_assert_left(fixture->descriptors);
	real_loop_assert_no_events(fixture->base);
	fixture->resolver->ops->release(fixture->resolver);
	event_base_free(fixture->base);
	return (0);
}

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct fixture *fixture = arg;
	char address[ADDRESS_TEXT_MAX];

	text_append(fixture->text, TEXT_MAX, "%s%s ",
	    fixture->answers++ == 0 ? "" : ", ", family_text(answer->family));
	if (answer->error == 0)
		text_append(fixture->text, TEXT_MAX, "%s",
		    address_format_host(&answer->addresses[0], address));
	else
		text_append(fixture->text, TEXT_MAX, "%s",
		    answer->error == EAI_NONAME       ? "noname"
			: answer->error == EAI_NODATA ? "nodata"
			: answer->error == EAI_AGAIN  ? "again"
						      : "?");
	if (answer->name != NULL)
		text_append(fixture->text, TEXT_MAX, " of %s", answer->name);
	if (answer->blocking)
		text_append(fixture->text, TEXT_MAX, " blocking");
}

static struct resolver_request *
ask(struct fixture *fixture, const char *name, enum resolver_families families)
{
	const struct resolver_question question = {
		.name = name,
		.port = 80,
		.families = families,
		.grace = GRACE,
	};
	struct resolver_request *lookup = fixture->resolver->ops->start(
	    fixture->resolver, &question, on_answer, fixture);

	assert_non_null(lookup);
	assert_int_equal(fixture->answers, 0); /* not from inside start */
	return (lookup);
}

static void
start(struct fixture *fixture, const struct scripted *script, const char *name)
{
	set_script(script);
	fixture->lookup = ask(fixture, name, RESOLVER_BOTH);
}

/* Runs until there are `count` answers; there are no more after them. */
static void
assert_answers(struct fixture *fixture, size_t count, const char *expected)
{
	real_loop_run(fixture->base, &fixture->answers, count);
	real_loop_settle(fixture->base);
	assert_string_equal(fixture->text, expected);
}

/* Their order is that in which the threads get their turn. */
static void
assert_two_answers(struct fixture *fixture, const char *wanted, const char * or)
{
	real_loop_run(fixture->base, &fixture->answers, 2);
	real_loop_settle(fixture->base);
	assert_string_equal(
	    fixture->text, strcmp(fixture->text, wanted) == 0 ? wanted : or);
}

/* AAAA and A of one name may be asked in either order. */
static void
assert_asked(const char *wanted, const char * or)
{
	if (strcmp(gate.text, wanted) != 0 &&
	    (or == NULL || strcmp(gate.text, or) != 0))
		fail_msg("asked: %s", gate.text);
}

static const struct scripted a_alone[] = {
	{ .name = "real.test.", .family = AF_INET, .address = "192.0.2.10" },
	{ .name = "real.test.corp.test.",
	    .family = AF_INET6,
	    .address = "2001:db8::20" },
	{ .name = NULL },
};

static void
one_family_of_the_first_name_is_enough(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, a_alone, "real.test");
	assert_two_answers(
	    fixture, "AAAA noname, A 192.0.2.10", "A 192.0.2.10, AAAA noname");
	assert_asked(
	    "AAAA real.test., A real.test.", "A real.test., AAAA real.test.");
}

static void
the_name_that_was_found_is_reported(void **state)
{
	static const struct scripted script[] = {
		{ "db.corp.test.", AF_INET, 0, "192.0.2.10", false },
		{ "db.corp.test.", AF_INET6, EAI_NODATA, NULL, false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	start(fixture, script, "db");
	assert_two_answers(fixture,
	    "AAAA nodata of db.corp.test, A 192.0.2.10 of db.corp.test",
	    "A 192.0.2.10 of db.corp.test, AAAA nodata of db.corp.test");
}

/* A family is not asked for a name that the other one has shown not to exist.
 */
static void
both_families_go_on_to_the_next_name(void **state)
{
	static const struct scripted script[] = {
		{ "web.test.corp.test.", AF_INET, 0, "192.0.2.10", false },
		{ "web.test.corp.test.", AF_INET6, 0, "2001:db8::1", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	start(fixture, script, "web.test");
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_in_range(gate.calls, 3, 4);
	assert_non_null(
	    strstr(fixture->text, "A 192.0.2.10 of web.test.corp.test"));
	assert_non_null(
	    strstr(fixture->text, "AAAA 2001:db8::1 of web.test.corp.test"));
}

static void
no_name_exists(void **state)
{
	static const struct scripted script[] = { { .name = NULL } };
	struct fixture *fixture = *state;

	start(fixture, script, "db");
	assert_answers(fixture, 2, "AAAA noname, A noname");
	assert_in_range(gate.calls, 3, 4);
}

static void
a_failure_is_left_to_one_lookup_as_typed(void **state)
{
	static const struct scripted script[] = {
		{ "db.corp.test.", AF_INET, EAI_AGAIN, NULL, false },
		{ "db.corp.test.", AF_INET6, EAI_NODATA, NULL, false },
		{ "db", AF_UNSPEC, 0, "192.0.2.7", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	start(fixture, script, "db");
	assert_answers(fixture, 1, "both 192.0.2.7");
	assert_int_equal(gate.calls, 3);
}

/* The last service hides the answer of DNS. */
static void
behind_dns_no_address_is_left_to_one_lookup_as_typed(void **state)
{
	static const struct scripted scripts[][5] = {
		/* One that finds nothing, */
		{ { "db.corp.test.", AF_INET, EAI_NONAME, NULL, false },
		    { "db.corp.test.", AF_INET6, EAI_NONAME, NULL, false },
		    { "db", AF_UNSPEC, 0, "192.0.2.7", false },
		    { .name = NULL } },
		/* and one that is not installed. */
		{ { "db.corp.test.", AF_INET, EAI_NONAME, NULL, false },
		    { "db.corp.test.", AF_INET6, EAI_SYSTEM, NULL, false },
		    { "db", AF_UNSPEC, 0, "192.0.2.7", false },
		    { .name = NULL } },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2; i++) {
		forget_calls();
		fixture->answers = 0;
		fixture->text[0] = '\0';
		gate.services = "hosts: dns files\n";
		start(fixture, scripts[i], "db");
		assert_answers(fixture, 1, "both 192.0.2.7");
		assert_int_equal(gate.calls, 3);
		cancel(fixture);
	}
}

static void
behind_dns_an_address_is_the_end(void **state)
{
	static const struct scripted script[] = {
		{ "db.corp.test.", AF_INET, 0, "192.0.2.7", false },
		{ "db.corp.test.", AF_INET6, EAI_SYSTEM, NULL, false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	gate.services = "hosts: dns files\n";
	start(fixture, script, "db");
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_non_null(strstr(fixture->text, "A 192.0.2.7 of db.corp.test"));
	assert_int_equal(gate.calls, 2);
}

/* AAAA hangs; A knows no such name: another asker goes on. */
static void
a_silent_aaaa_is_left_behind(void **state)
{
	static const struct scripted script[] = {
		{ "db.corp.test.", AF_INET6, 0, "2001:db8::bad", true },
		{ "db.", AF_INET6, 0, "2001:db8::1", false },
		{ "db.", AF_INET, 0, "192.0.2.7", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;
	monotime_t before = clock_now();

	start(fixture, script, "db");
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_true(clock_now() - before >= GRACE);
	assert_int_equal(gate.hanging, 1);
	assert_non_null(strstr(fixture->text, "AAAA 2001:db8::1"));
	assert_non_null(strstr(fixture->text, "A 192.0.2.7"));
	/* Its answer comes late, and counts no more. */
	open_gate();
	assert_int_equal(real_loop_join(NULL), 0);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->answers, 2);
}

static void
a_name_of_the_hosts_file_is_one_question(void **state)
{
	static const struct scripted script[] = {
		{ "DB", AF_UNSPEC, 0, "127.0.0.1", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	gate.hosts = "127.0.0.1 localhost db\n";
	start(fixture, script, "DB");
	assert_answers(fixture, 1, "both 127.0.0.1");
	assert_asked("both DB", NULL);
}

/* DNS is not asked for a step of the walk that stands there. */
static void
a_step_in_the_hosts_file_is_one_question(void **state)
{
	static const char *const lines[] = { "192.0.2.1 DB.\n",
		"192.0.2.1 a db.corp.Test.\n" };
	static const struct scripted script[] = {
		{ "db", AF_UNSPEC, 0, "192.0.2.7", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2; i++) {
		forget_calls();
		fixture->answers = 0;
		fixture->text[0] = '\0';
		gate.hosts = lines[i];
		start(fixture, script, "db");
		assert_answers(fixture, 1, "both 192.0.2.7");
		assert_asked("both db", NULL);
		cancel(fixture);
	}
}

static void
a_dot_at_the_end_is_two_questions(void **state)
{
	static const struct scripted script[] = {
		{ "db.", AF_INET, 0, "192.0.2.7", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	gate.hosts = "127.0.0.1 db\n";
	start(fixture, script, "db.");
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_asked("AAAA db., A db.", "A db., AAAA db.");
}

static void
one_family_is_asked_for_as_typed(void **state)
{
	static const struct scripted script[] = {
		{ "db", AF_INET, 0, "192.0.2.7", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	set_script(script);
	fixture->lookup = ask(fixture, "db", RESOLVER_IPV4);
	assert_answers(fixture, 1, "A 192.0.2.7");
	assert_asked("A db", NULL);
}

/* All of the walk, in the event loop. */
static void
without_a_thread_the_walk_blocks(void **state)
{
	static const struct scripted script[] = {
		{ "db.", AF_INET, 0, "192.0.2.7", false },
		{ "db.", AF_INET6, 0, "2001:db8::1", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	gate.no_threads = true;
	start(fixture, script, "db");
	assert_answers(
	    fixture, 2, "AAAA 2001:db8::1 blocking, A 192.0.2.7 blocking");
	assert_asked(
	    "AAAA db.corp.test., A db.corp.test., AAAA db., A db.", NULL);
}

static void
the_descriptor_is_closed_with_the_last_answer(void **state)
{
	static const struct scripted script[] = {
		{ "db.", AF_INET6, 0, "2001:db8::1", true },
		{ "db.", AF_INET, 0, "192.0.2.7", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	start(fixture, script, "db.");
	real_loop_run(fixture->base, &fixture->answers, 1);
	wait_for_hanging(1);
	assert_int_equal(open_descriptors(), fixture->descriptors + 1);
	open_gate();
	real_loop_run(fixture->base, &fixture->answers, 2);
	real_loop_assert_left(fixture->descriptors);
	assert_non_null(fixture->lookup);
}

static struct thread_job blockers[THREAD_POOL_MAX_THREADS];

static void
block(struct thread_job *job)
{
	(void)job;
	pthread_mutex_lock(&gate.lock);
	gate.hanging++;
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

/* As when a thousand AAAA lookups of other names are silent. */
static void
a_full_pool_of_aaaa_does_not_hold_up_a(void **state)
{
	static const struct scripted script[] = {
		{ "db.", AF_INET, 0, "192.0.2.7", false },
		{ "db.", AF_INET6, 0, "2001:db8::1", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < THREAD_POOL_MAX_THREADS; i++) {
		blockers[i] = (struct thread_job){ .kind = 0, .run = block };
		assert_int_equal(
		    thread_pool_submit(&blockers[i]), THREAD_POOL_STARTED);
	}
	wait_for_hanging(THREAD_POOL_MAX_THREADS);
	start(fixture, script, "db.");
	real_loop_run(fixture->base, &fixture->answers, 1);
	assert_string_equal(fixture->text, "A 192.0.2.7");
	open_gate();
	real_loop_run(fixture->base, &fixture->answers, 2);
	assert_string_equal(fixture->text, "A 192.0.2.7, AAAA 2001:db8::1");
}

static void
a_walk_may_be_cancelled_at_any_time(void **state)
{
	static const struct scripted script[] = {
		{ "db.corp.test.", AF_INET6, 0, "2001:db8::bad", true },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 30; i++) {
		start(fixture, script, "db");
		/* From before the first question to the wait for AAAA. */
		for (size_t j = 0; j < i * i; j++)
			sched_yield();
		cancel(fixture);
	}
	open_gate();
	real_loop_assert_left(fixture->descriptors);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->answers, 0);
}

/* Looks up in a child: leaves the parent's lookup alone, and has its own. */
static int
look_up_in_child(void *arg)
{
	struct fixture *fixture = arg;
	struct resolver_request *inherited = fixture->lookup;
	struct event_base *own;

	/* The copy of the gate is in the state it had in the parent. */
	pthread_mutex_init(&gate.lock, NULL);
	pthread_cond_init(&gate.changed, NULL);
	if (event_reinit(fixture->base) == -1)
		return (1);
	own = event_base_new();
	fixture->resolver = resolver_system_new(own);
	fixture->lookup = ask(fixture, "real.test", RESOLVER_BOTH);
	real_loop_run(own, &fixture->answers, 2);
	if (strcmp(fixture->text, "AAAA noname, A 192.0.2.10") != 0)
		return (2);
	/* What is the parent's is not answered here, and may be cancelled. */
	real_loop_settle(fixture->base);
	fixture->resolver->ops->cancel(inherited);
	return (fixture->answers == 2 ? 0 : 3);
}

static void
a_child_has_lookups_of_its_own(void **state)
{
	static const struct scripted script[] = {
		{ "busy.test.", AF_INET, 0, "192.0.2.1", true },
		{ "busy.test.", AF_INET6, 0, "2001:db8::1", true },
		{ "real.test.", AF_INET, 0, "192.0.2.10", false },
		{ .name = NULL },
	};
	struct fixture *fixture = *state;

#ifdef __SANITIZE_THREAD__
	print_message("the thread sanitizer allows no thread in a child\n");
	skip();
#endif
	start(fixture, script, "busy.test.");
	wait_for_hanging(2);
	assert_int_equal(child_run(look_up_in_child, fixture), 0);
	open_gate();
	real_loop_run(fixture->base, &fixture->answers, 2);
}

static int
poll_in_child(void *arg)
{
	struct fixture *fixture = arg;

	if (event_reinit(fixture->base) == -1)
		return (1);
	real_loop_settle(fixture->base);
	return (fixture->answers == 0 ? 0 : 2);
}

/* The parent's answer is there before its child polls for it. */
static void
a_child_takes_no_answer_from_its_parent(void **state)
{
	struct fixture *fixture = *state;

	start(fixture, a_alone, "real.test");
	assert_int_equal(real_loop_join(NULL), 0);
	assert_int_equal(child_run(poll_in_child, fixture), 0);
	assert_two_answers(
	    fixture, "AAAA noname, A 192.0.2.10", "A 192.0.2.10, AAAA noname");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_family_of_the_first_name_is_enough),
		TEST(the_name_that_was_found_is_reported),
		TEST(both_families_go_on_to_the_next_name),
		TEST(no_name_exists),
		TEST(a_failure_is_left_to_one_lookup_as_typed),
		TEST(behind_dns_no_address_is_left_to_one_lookup_as_typed),
		TEST(behind_dns_an_address_is_the_end),
		TEST(a_silent_aaaa_is_left_behind),
		TEST(a_name_of_the_hosts_file_is_one_question),
		TEST(a_step_in_the_hosts_file_is_one_question),
		TEST(a_dot_at_the_end_is_two_questions),
		TEST(one_family_is_asked_for_as_typed),
		TEST(without_a_thread_the_walk_blocks),
		TEST(the_descriptor_is_closed_with_the_last_answer),
		TEST(a_full_pool_of_aaaa_does_not_hold_up_a),
		TEST(a_walk_may_be_cancelled_at_any_time),
		TEST(a_child_has_lookups_of_its_own),
		TEST(a_child_takes_no_answer_from_its_parent),
	};

	/* The search list, independent of resolv.conf. */
	if (setenv("LOCALDOMAIN", "corp.test", 1) == -1 ||
	    setenv("RES_OPTIONS", "ndots:1", 1) == -1)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
