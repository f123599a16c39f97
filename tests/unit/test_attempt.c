/* SPDX-License-Identifier: ISC */
/*
 * Real attempts on the loopback interface: how they end, what is handed over,
 * and that nothing stays open.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "fake/attempt_fixture.h"
#include "fake/real_loop.h"

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &length), 0);
	return (value);
}

/* What hecat.h promises of a descriptor that is handed over. */
static void
assert_ready_for_use(int fd, int family)
{
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(fd, SOL_SOCKET, SO_ERROR), 0);
#ifdef IPV6_RECVERR
	if (family == AF_INET6)
		assert_int_equal(option(fd, IPPROTO_IPV6, IPV6_RECVERR), 0);
	else
		assert_int_equal(option(fd, IPPROTO_IP, IP_RECVERR), 0);
#endif
}

/* Sends a byte from `fd` to the connection that the listener accepts. */
static void
assert_connected(int fd, int listening)
{
	int peer = accept(listening, NULL, NULL);
	char byte = 0;

	assert_true(peer != -1);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(peer, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(peer);
}

static void
connects_to(struct attempt_fixture *fixture, const char *host)
{
	struct address address = literal(host);
	int listening = listener(&address, 4);
	int fd;

	if (listening == -1) {
		print_message("no %s on this host\n", host);
		skip();
	}
	assert_int_equal(start(fixture, &address), 0);
	real_loop_run(fixture->base, &fixture->ended, 1);
	assert_int_equal(fixture->error, 0);
	fd = fixture->provider->ops->take(fixture->attempt);
	release(fixture);
	assert_ready_for_use(fd, address_family(&address));
	assert_connected(fd, listening);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->ended, 1);
	close(fd);
	close(listening);
}

static void
connects_over_ipv4(void **state)
{
	connects_to(*state, "127.0.0.1");
}

static void
connects_over_ipv6(void **state)
{
	connects_to(*state, "::1");
}

static void
poll_finds_a_connection_before_the_loop_does(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int listening = listener(&address, 4);
	int fd;

	assert_int_equal(start(fixture, &address), 0);
	assert_int_equal(poll_to_the_end(fixture), 0);
	real_loop_settle(fixture->base);
	fixture->provider->ops->poll(fixture->provider);
	assert_int_equal(fixture->ended, 1);
	fd = fixture->provider->ops->take(fixture->attempt);
	release(fixture);
	assert_ready_for_use(fd, AF_INET);
	assert_connected(fd, listening);
	close(fd);
	close(listening);
}

static void
a_refusal_is_told_and_its_socket_closed(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int bound = bound_socket(&address);

	assert_int_equal(start(fixture, &address), 0);
	real_loop_run(fixture->base, &fixture->ended, 1);
	assert_int_equal(fixture->error, ECONNREFUSED);
	assert_int_equal(open_descriptors(), fixture->descriptors + 1);
	release(fixture);
	close(bound);
}

enum peer_end { PEER_RESETS, PEER_CLOSES_AND_RESETS };

/* Accepts a connection and ends it with a reset, after a FIN or without. */
static void
accept_and_reset(int listening, enum peer_end end)
{
	const struct linger reset = { .l_onoff = 1 };
	int peer = accept(listening, NULL, NULL);

	assert_true(peer != -1);
	assert_int_equal(
	    setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	if (end == PEER_CLOSES_AND_RESETS)
		assert_int_equal(shutdown(peer, SHUT_WR), 0);
	close(peer);
}

/*
 * The peer has ended the connection before anybody has polled the socket. It
 * is a connection all the same, and its owner gets to know what came of it.
 */
static void
accepted_and_reset(
    struct attempt_fixture *fixture, enum peer_end end, bool in_loop, int error)
{
	struct address address = literal("127.0.0.1");
	int listening = listener(&address, 4);
	char byte;
	int fd;

	fixture->ended = 0;
	assert_int_equal(start(fixture, &address), 0);
	accept_and_reset(listening, end);
	if (in_loop)
		real_loop_run(fixture->base, &fixture->ended, 1);
	else
		poll_to_the_end(fixture);
	assert_int_equal(fixture->error, 0);
	fd = fixture->provider->ops->take(fixture->attempt);
	release(fixture);
	errno = 0;
	assert_int_equal(read(fd, &byte, 1), error == 0 ? 0 : -1);
	assert_int_equal(errno, error);
	close(fd);
	close(listening);
}

static void
a_connection_that_is_reset_at_once_is_a_connection(void **state)
{
	for (int in_loop = 0; in_loop < 2; in_loop++) {
		accepted_and_reset(*state, PEER_RESETS, in_loop, ECONNRESET);
		accepted_and_reset(*state, PEER_CLOSES_AND_RESETS, in_loop, 0);
	}
}

/* The kernel returns an error once, and so does the attempt. */
static void
poll_finds_a_refusal_and_tells_it_once(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int bound = bound_socket(&address);

	assert_int_equal(start(fixture, &address), 0);
	assert_int_equal(poll_to_the_end(fixture), ECONNREFUSED);
	fixture->provider->ops->poll(fixture->provider);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->ended, 1);
	release(fixture);
	close(bound);
}

static void
an_attempt_may_be_released_in_its_callback(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int listening = listener(&address, 4);

	fixture->release_inside = true;
	assert_int_equal(start(fixture, &address), 0);
	real_loop_run(fixture->base, &fixture->ended, 1);
	assert_int_equal(fixture->error, 0);
	assert_int_equal(open_descriptors(), fixture->descriptors + 1);
	close(listening);
}

/* As a loser that has connected, too. */
static void
what_is_not_taken_is_closed(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int listening = listener(&address, 4);
	struct pollfd peer = { .events = POLLIN };
	char byte;

	assert_int_equal(start(fixture, &address), 0);
	assert_int_equal(poll_to_the_end(fixture), 0);
	release(fixture);
	peer.fd = accept(listening, NULL, NULL);
	assert_true(peer.fd != -1);
	assert_int_equal(poll(&peer, 1, 20000), 1);
	assert_int_equal(read(peer.fd, &byte, 1), 0);
	close(peer.fd);
	close(listening);
}

static void
a_failure_without_a_packet_is_told_by_start(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address multicast = literal("224.0.0.1");
	struct address local = literal("127.0.0.1");
	struct address foreign = literal("192.0.2.1");
	struct attempt *untouched = fixture->attempt;

	address_set_port(&multicast, 80);
	address_set_port(&local, 80);
	assert_int_equal(start(fixture, &multicast), ENETUNREACH);
	/* The errno is that of the bind. */
	assert_int_equal(
	    start_from(fixture, &local, &foreign, 0), EADDRNOTAVAIL);
	assert_int_equal(
	    start_from(fixture, &local, &foreign, 4321), EADDRNOTAVAIL);
	assert_ptr_equal(fixture->attempt, untouched);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	real_loop_settle(fixture->base);
	assert_int_equal(fixture->ended, 0);
}

static void
a_port_in_use_keeps_its_errno(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	int listening = listener(&address, 4);
	struct address taken = literal("127.0.0.1");
	int fd = listener(&taken, 1);

	/* SO_REUSEADDR does not share a port with a listener. */
	assert_int_equal(
	    start_from(fixture, &address, NULL, address_port(&taken)),
	    EADDRINUSE);
	close(fd);
	close(listening);
}

static void
out_of_descriptors(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	struct rlimit before, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	address_set_port(&address, 80);
	assert_int_equal(start(fixture, &address), EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void
a_source_address_is_bound_to(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	struct address source = literal("127.0.0.2");
	struct attempt_facts facts = { .rtt = -1 };
	int listening = listener(&address, 4);

	assert_int_equal(start_from(fixture, &address, &source, 0), 0);
	assert_int_equal(poll_to_the_end(fixture), 0);
	fixture->provider->ops->inspect(fixture->attempt, &facts);
	assert_true(address_port(&facts.source) != 0);
	address_set_port(&facts.source, 0);
	assert_true(address_equal(&facts.source, &source));
	release(fixture);
	close(listening);
}

/* Takes a port, which the attempts may share, before anybody else does. */
static int
hold_port(uint16_t *port)
{
	struct address address = literal("0.0.0.0");
	int fd = bound_socket(&address);
	int on = 1;

	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	*port = address_port(&address);
	return (fd);
}

static void
two_attempts_share_a_source_port(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address[2] = { literal("127.0.0.1"),
		literal("127.0.0.2") };
	struct attempt *attempts[2];
	struct attempt_facts facts = { .rtt = -1 };
	uint16_t port;
	int held = hold_port(&port);
	int listening[2];

	for (size_t i = 0; i < 2; i++) {
		listening[i] = listener(&address[i], 4);
		assert_int_equal(
		    start_from(fixture, &address[i], NULL, port), 0);
		attempts[i] = fixture->attempt;
	}
	poll_until(fixture, 2);
	assert_int_equal(fixture->error, 0);
	for (size_t i = 0; i < 2; i++) {
		fixture->provider->ops->inspect(attempts[i], &facts);
		assert_int_equal(address_port(&facts.source), port);
		fixture->provider->ops->release(attempts[i]);
		close(listening[i]);
	}
	close(held);
}

/* As with -p: the port of the source is that of the destination. */
static void
a_connection_to_itself_can_be_asked_for(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };
	struct attempt_fixture *fixture = *state;

	for (size_t i = 0; i < 2; i++) {
		struct address address = literal(hosts[i]);
		int bound = bound_socket(&address);
		char byte = 0;
		int fd;

		if (bound == -1)
			continue;
		close(bound);
		fixture->ended = 0;
		assert_int_equal(
		    start_from(fixture, &address, NULL, address_port(&address)),
		    0);
		assert_int_equal(poll_to_the_end(fixture), 0);
		fd = fixture->provider->ops->take(fixture->attempt);
		release(fixture);
		assert_int_equal(write(fd, "x", 1), 1);
		assert_int_equal(read(fd, &byte, 1), 1);
		assert_int_equal(byte, 'x');
		close(fd);
	}
}

static void
facts_of_a_connection(void **state)
{
	struct attempt_fixture *fixture = *state;
	struct address address = literal("127.0.0.1");
	struct attempt_facts facts = { .rtt = -1 };
	int listening = listener(&address, 4);

	assert_int_equal(start(fixture, &address), 0);
	real_loop_run(fixture->base, &fixture->ended, 1);
	fixture->provider->ops->inspect(fixture->attempt, &facts);
	assert_int_equal(address_family(&facts.source), AF_INET);
	assert_true(address_port(&facts.source) != 0);
	assert_int_equal(facts.offender.length, 0);
	assert_int_equal(facts.retransmissions, 0);
#ifdef __linux__
	assert_true(facts.rtt >= 0);
#endif
	release(fixture);
	close(listening);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, attempt_setup, attempt_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connects_over_ipv4),
		TEST(connects_over_ipv6),
		TEST(poll_finds_a_connection_before_the_loop_does),
		TEST(a_refusal_is_told_and_its_socket_closed),
		TEST(a_connection_that_is_reset_at_once_is_a_connection),
		TEST(poll_finds_a_refusal_and_tells_it_once),
		TEST(an_attempt_may_be_released_in_its_callback),
		TEST(what_is_not_taken_is_closed),
		TEST(a_failure_without_a_packet_is_told_by_start),
		TEST(a_port_in_use_keeps_its_errno),
		TEST(out_of_descriptors),
		TEST(a_source_address_is_bound_to),
		TEST(two_attempts_share_a_source_port),
		TEST(a_connection_to_itself_can_be_asked_for),
		TEST(facts_of_a_connection),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
