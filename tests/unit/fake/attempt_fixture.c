/* SPDX-License-Identifier: ISC */
/*
 * Attempts under test and the sockets at their other end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "fake/attempt_fixture.h"
#include "fake/real_loop.h"

int
attempt_setup(void **state)
{
	static struct attempt_fixture fixture;

	fixture = (struct attempt_fixture){ .error = -1 };
	fixture.base = real_loop_new();
	fixture.provider = attempt_provider_new(fixture.base);
	assert_non_null(fixture.provider);
	fixture.descriptors = open_descriptors();
	*state = &fixture;
	return (0);
}

/* Whatever a test has left behind of an attempt is seen here. */
int
attempt_teardown(void **state)
{
	struct attempt_fixture *fixture = *state;

	assert_int_equal(open_descriptors(), fixture->descriptors);
	/* What was released is freed by libevent in the loop. */
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	fixture->provider->ops->dispose(fixture->provider);
	event_base_free(fixture->base);
	return (0);
}

struct address
literal(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(&address, text, 0), ADDRESS_PARSED);
	return (address);
}

int
bound_socket(struct address *address)
{
	int fd = socket(address_family(address), SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd != -1);
	address_set_port(address, 0);
	if (bind(fd, &address->sa, address->length) == -1) {
		close(fd);
		return (-1);
	}
	assert_int_equal(getsockname(fd, &address->sa, &address->length), 0);
	return (fd);
}

int
listener(struct address *address, int backlog)
{
	int fd = bound_socket(address);

	if (fd != -1)
		assert_int_equal(listen(fd, backlog), 0);
	return (fd);
}

static void
on_end(int error, void *arg)
{
	struct attempt_fixture *fixture = arg;

	if (fixture->ended++ == 0 || error != 0)
		fixture->error = error;
	if (fixture->release_inside)
		fixture->provider->ops->release(fixture->attempt);
}

int
start_from(struct attempt_fixture *fixture, const struct address *destination,
    const struct address *source, uint16_t source_port)
{
	bool is_ipv4 = address_family(destination) == AF_INET;
	struct address from = source != NULL
	    ? *source
	    : literal(is_ipv4 ? "0.0.0.0" : "::");
	const struct attempt_request request = {
		.destination = destination,
		.source = source != NULL || source_port != 0 ? &from : NULL,
		.success = fixture->success,
		.open_time = fixture->open_time,
	};
	int error;

	address_set_port(&from, source_port);
	error = fixture->provider->ops->start(
	    fixture->provider, &request, on_end, fixture, &fixture->attempt);
	assert_int_equal(fixture->ended, 0);
	return (error);
}

int
start(struct attempt_fixture *fixture, const struct address *destination)
{
	return (start_from(fixture, destination, NULL, 0));
}

void
release(struct attempt_fixture *fixture)
{
	fixture->provider->ops->release(fixture->attempt);
}

void
poll_until(struct attempt_fixture *fixture, size_t ended)
{
	do
		fixture->provider->ops->poll(fixture->provider);
	while (fixture->ended < ended && real_loop_in_time());
	assert_int_equal(fixture->ended, ended);
}

int
poll_to_the_end(struct attempt_fixture *fixture)
{
	poll_until(fixture, 1);
	return (fixture->error);
}
