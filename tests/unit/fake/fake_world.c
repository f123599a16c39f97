/* SPDX-License-Identifier: ISC */
/*
 * A clock, a resolver, sockets and a host, none of which exist.
 *
 * What becomes of an attempt is a time in ms and a letter: "100S" connects
 * after so long, "20R" is refused, "H" is a black hole; "U" has no route, which
 * is found out before a packet is sent. "E400/100S" has no descriptor before
 * 400 ms, and "M" never has memory. What the peer does once it is connected
 * follows a comma, its time counted from the start, too: "100S,150D" has data
 * come, "100S,150C" closes, "100S,150X" resets; with "100S,150M" there is no
 * memory to go on.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "fake/fake_address.h"
#include "fake/fake_world.h"
#include "fake/seconds.h"

struct resolver_request {
	struct fake_world *world;
};

static struct fake_world *
world_of(struct timer *timer)
{
	return (container_of(timer, struct fake_world, timer));
}

static monotime_t
fake_now(struct timer *timer)
{
	return (world_of(timer)->now);
}

static bool
fake_set(struct timer *timer, monotime_t at)
{
	struct fake_world *world = world_of(timer);

	if (at != MONOTIME_NEVER && world->timers_left != SIZE_MAX) {
		if (world->timers_left == 0)
			return (false);
		world->timers_left--;
	}
	world->timer_at = at;
	return (true);
}

static void
fake_timer_release(struct timer *timer)
{
	world_of(timer)->timer_at = MONOTIME_NEVER;
	world_of(timer)->released++;
}

static struct resolver_request *
fake_lookup_start(struct resolver *resolver,
    const struct resolver_question *question, resolver_cb cb, void *arg)
{
	struct fake_world *world = container_of(
	    resolver, struct fake_world, resolver);
	struct resolver_request *lookup;

	assert_true(world->may_call);
	if (world->resolver_error != 0 &&
	    world->now - FAKE_EPOCH >= world->resolver_error_from &&
	    world->now - FAKE_EPOCH < world->resolver_error_until) {
		errno = world->resolver_error;
		return (NULL);
	}
	assert_int_equal(world->lookups_live, 0);
	world->lookups++;
	for (size_t i = 0; i < world->answer_count; i++)
		world->answers[i].told = false;
	world->asked = question->families;
	world->grace = question->grace;
	world->asked_at = world->now;
	lookup = malloc(sizeof(*lookup));
	assert_non_null(lookup);
	lookup->world = world;
	world->lookups_live++;
	world->answer_cb = cb;
	world->answer_arg = arg;
	return (lookup);
}

static void
fake_lookup_cancel(struct resolver_request *lookup)
{
	lookup->world->lookups_live--;
	free(lookup);
}

static void
fake_resolver_release(struct resolver *resolver)
{
	struct fake_world *world = container_of(
	    resolver, struct fake_world, resolver);

	assert_int_equal(world->lookups_live, 0);
	world->released++;
}

/* Returns what becomes of the attempt to `name`. */
static const char *
script_for(const struct fake_world *world, const char *name)
{
	const char *script = world->attempts;
	size_t length = strlen(name);

	while (script != NULL) {
		if (strncmp(script, name, length) == 0 && script[length] == '=')
			return (script + length + 1);
		script = strchr(script, ' ');
		if (script != NULL)
			script++;
	}
	return (world->attempt_default == NULL ? "H" : world->attempt_default);
}

/* Returns the errno of an attempt that does not get as far as a packet. */
static int
error_at_start(const struct fake_world *world, const char *script)
{
	if ((*script == 'E' &&
		world->now - FAKE_EPOCH < milliseconds_parse(script + 1)) ||
	    (world->descriptors != 0 &&
		world->attempts_open >= world->descriptors))
		return (EMFILE);
	if (*script == 'M')
		return (ATTEMPT_OUT_OF_MEMORY);
	if (*script == 'U')
		return (ENETUNREACH);
	return (0);
}

static void
name_pair(const struct attempt_request *request, char *name, size_t size)
{
	char part[FAKE_ADDRESS_NAME_MAX];

	*name = '\0';
	text_append(
	    name, size, "%s", fake_address_name(request->destination, part));
	if (request->source != NULL && !address_is_wildcard(request->source))
		text_append(name, size, "<%s",
		    fake_address_name(request->source, part));
}

static void
note_start(struct fake_world *world, const char *name)
{
	world->attempts_started++;
	if (world->quiet)
		return;
	if (strstr(world->text, name) != NULL)
		fail_msg("%s is attempted again, after %s", name, world->text);
	text_append(world->text, FAKE_TEXT_MAX, "%s%s ",
	    world->text[0] == '\0' ? "" : ", ", name);
	milliseconds_append(
	    world->text, FAKE_TEXT_MAX, world->now - FAKE_EPOCH);
}

/* Reads what the peer does after the connect, and how the attempt ends so. */
static void
read_news(struct attempt *attempt, const struct attempt_request *request,
    const char *news)
{
	monotime_t start = attempt->world->now;

	if (request->success == HECAT_SUCCESS_TCP)
		return;
	attempt->end = request->success == HECAT_SUCCESS_OPEN
	    ? clock_after(attempt->established, request->open_time)
	    : MONOTIME_NEVER;
	if (*news != ',' || start + milliseconds_parse(news + 1) > attempt->end)
		return;
	attempt->end = start + milliseconds_parse(news + 1);
	switch (news[1 + strcspn(news + 1, "DCXM ")]) {
	case 'D':
		break;
	case 'C':
		attempt->error = ATTEMPT_CLOSED;
		break;
	case 'M':
		attempt->error = ATTEMPT_OUT_OF_MEMORY;
		break;
	case 'X':
		attempt->error = ECONNRESET;
		break;
	default:
		fail_msg("not understood: %s", news);
	}
}

/* Reads when an attempt ends, and how. */
static void
read_end(struct attempt *attempt, const struct attempt_request *request,
    const char *script)
{
	attempt->end = attempt->established = MONOTIME_NEVER;
	if (*script < '0' || *script > '9')
		return;
	attempt->end = attempt->world->now + milliseconds_parse(script);
	script += strcspn(script, "SR");
	if (*script == 'R') {
		attempt->error = ECONNREFUSED;
		return;
	}
	attempt->established = attempt->end;
	read_news(attempt, request, script + 1);
}

/* Makes the attempt and lists it. */
static struct attempt *
add_attempt(struct fake_world *world, const struct attempt_request *request,
    const char *script)
{
	struct attempt *attempt = calloc(1, sizeof(*attempt));
	size_t number = world->attempts_started - 1;

	if (number >= world->capacity) {
		world->capacity = 2 * number + 8;
		world->list = realloc(
		    world->list, world->capacity * sizeof(struct attempt *));
	}
	assert_true(attempt != NULL && world->list != NULL);
	attempt->world = world;
	attempt->number = number;
	read_end(attempt, request, script);
	world->list[number] = attempt;
	world->attempts_open++;
	world->attempts_live++;
	return (attempt);
}

static int
fake_attempt_start(struct attempt_provider *provider,
    const struct attempt_request *request, attempt_cb cb, void *arg,
    struct attempt **attempt)
{
	struct fake_world *world = container_of(
	    provider, struct fake_world, provider);
	char name[FAKE_PAIR_NAME_MAX];
	const char *script;
	int error;

	assert_true(world->may_call);
	assert_false(world->host_open);
	name_pair(request, name, sizeof(name));
	world->source_port = request->source == NULL
	    ? 0
	    : address_port(request->source);
	script = script_for(world, name);
	error = error_at_start(world, script);
	if (error == EMFILE && !world->refused)
		world->progress = world->now;
	world->refused = error == EMFILE;
	if (error == EMFILE || error == ATTEMPT_OUT_OF_MEMORY)
		return (error);
	if (*script == 'E')
		script = strchr(script, '/') + 1;
	note_start(world, name);
	*attempt = add_attempt(world, request, script);
	(*attempt)->cb = cb;
	(*attempt)->arg = arg;
	if (error != 0)
		provider->ops->release(*attempt);
	if (error != 0)
		*attempt = NULL;
	return (error);
}

static void
fake_attempts_poll(struct attempt_provider *provider)
{
	struct fake_world *world = container_of(
	    provider, struct fake_world, provider);

	world->polls++;
	while (fake_world_tell_attempt(world))
		continue;
}

static void
fake_attempt_inspect(struct attempt *attempt, struct attempt_facts *facts)
{
	if (attempt->established <= attempt->world->now)
		facts->established = attempt->established;
	facts->rtt = 1234;
}

static int
fake_attempt_take(struct attempt *attempt)
{
	assert_true(attempt->told && attempt->error == 0);
	assert_false(attempt->taken);
	attempt->taken = true;
	attempt->world->attempts_open--;
	return (fake_world_fd(attempt->number));
}

/* No attempt of a world has a step. */
static int
fake_attempt_begin_step(struct attempt *attempt)
{
	(void)attempt;
	fail_msg("a step begins");
	return (ATTEMPT_STEP_FAILED);
}

static struct bufferevent *
fake_attempt_take_bufferevent(struct attempt *attempt)
{
	(void)attempt;
	return (NULL);
}

static void
fake_attempt_release(struct attempt *attempt)
{
	struct fake_world *world = attempt->world;

	if (!attempt->taken)
		world->attempts_open--;
	world->attempts_live--;
	world->list[attempt->number] = NULL;
	free(attempt);
}

static void
fake_provider_dispose(struct attempt_provider *provider)
{
	struct fake_world *world = container_of(
	    provider, struct fake_world, provider);

	assert_int_equal(world->attempts_live, 0);
	world->released++;
}

/* Asks a host that was described in words. */
static void
described_source_of(const struct address *destination,
    struct destsort_source *source, struct fake_world *world)
{
	if (world->host_of.count == 0)
		fake_host_init(&world->host_of, world->host);
	fake_host_source_of(destination, source, &world->host_of);
}

static void
fake_source_of(struct host *host, const struct address *destination,
    struct destsort_source *source)
{
	struct fake_world *world = container_of(
	    host, struct fake_world, surroundings);
	char name[FAKE_ADDRESS_NAME_MAX];

	world->host_open = true;
	world->host_asked++;
	if (world->host != NULL) {
		described_source_of(destination, source, world);
		return;
	}
	*source = (struct destsort_source){ .prefix_length = 0 };
	fake_address_name(destination, name);
	if (address_family(destination) == world->absent_family ||
	    (world->unreachable != NULL &&
		strstr(world->unreachable, name) != NULL))
		return;
	source->found = true;
	source->address = fake_address(
	    address_family(destination) == AF_INET ? "4z" : "6f", 0);
}

static const struct destsort_source *
fake_own_address(struct host *host, size_t number)
{
	struct fake_world *world = container_of(
	    host, struct fake_world, surroundings);

	world->host_listed++;
	if (world->host == NULL)
		return (NULL);
	if (world->host_of.count == 0)
		fake_host_init(&world->host_of, world->host);
	return (fake_host_own(number, &world->host_of));
}

static void
fake_rest(struct host *host)
{
	container_of(host, struct fake_world, surroundings)->host_open = false;
}

/* Every connect asks anew, and the host answers alike. */
static void
fake_forget(struct host *host)
{
	container_of(host, struct fake_world, surroundings)->host_forgotten++;
}

static void
fake_release(struct host *host)
{
	container_of(host, struct fake_world, surroundings)->released++;
}

static const struct timer_ops timer_ops = {
	.now = fake_now,
	.set = fake_set,
	.release = fake_timer_release,
};

static const struct resolver_ops resolver_ops = {
	.start = fake_lookup_start,
	.cancel = fake_lookup_cancel,
	.release = fake_resolver_release,
};

static const struct attempt_provider_ops provider_ops = {
	.start = fake_attempt_start,
	.poll = fake_attempts_poll,
	.inspect = fake_attempt_inspect,
	.begin_step = fake_attempt_begin_step,
	.take = fake_attempt_take,
	.take_bufferevent = fake_attempt_take_bufferevent,
	.release = fake_attempt_release,
	.dispose = fake_provider_dispose,
};

static const struct host_ops host_ops = {
	.source_of = fake_source_of,
	.own_address = fake_own_address,
	.rest = fake_rest,
	.forget = fake_forget,
	.release = fake_release,
};

void
fake_world_init(struct fake_world *world)
{
	*world = (struct fake_world){
		.now = FAKE_EPOCH,
		.timer_at = MONOTIME_NEVER,
		.timers_left = SIZE_MAX,
		.resolver_error_until = MONOTIME_NEVER,
		.progress = FAKE_EPOCH,
		.absent_family = AF_UNSPEC,
		.timer.ops = &timer_ops,
		.resolver.ops = &resolver_ops,
		.provider.ops = &provider_ops,
		.surroundings.ops = &host_ops,
	};
}

void
fake_world_release(struct fake_world *world)
{
	assert_int_equal(world->released, 4);
	assert_int_equal(world->attempts_live, 0);
	assert_int_equal(world->lookups_live, 0);
	free(world->list);
	world->list = NULL;
}

struct connector_env
fake_world_env(struct fake_world *world)
{
	world->surroundings.gai_conf = world->gai_conf;
	return ((struct connector_env){
	    .timer = &world->timer,
	    .resolver = &world->resolver,
	    .attempts = &world->provider,
	    .host = &world->surroundings,
	});
}

int
fake_world_fd(size_t number)
{
	return (100000 + (int)number);
}
