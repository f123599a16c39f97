/* SPDX-License-Identifier: ISC */
/*
 * Sockets that the caller makes or prepares: connectors on a real loop whose
 * attempts go to listening sockets.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "address.h"
#include "fake/attempt_fixture.h"
#include "fake/real_loop.h"
#include "hecat.h"

#define ADDRESSES 3

/* What is done inside of a call. */
enum interference { NOTHING, CANCEL, FREE };

struct fixture {
	struct event_base *base;
	struct hecat_config *config;
	struct hecat_connector *connector;
	size_t descriptors; /* open when the test began */
	int listening[ADDRESSES];
	struct address addresses[ADDRESSES];
	size_t count;
	size_t made;
	size_t prepared;
	int made_fd;     /* the last one */
	int refusals[8]; /* likewise, of preparing */
	int errors[8];   /* of the first calls; -1: -1 without an errno */
	int make_type;   /* of sockets */
	enum interference in_factory, in_prepare;
	size_t put_off;
	size_t callbacks;
	enum hecat_error error;
};

static void
interfere(struct fixture *fixture, enum interference how)
{
	struct hecat_connector *connector = fixture->connector;

	if (how == CANCEL)
		hecat_connector_cancel(connector);
	if (how != FREE)
		return;
	fixture->connector = NULL;
	hecat_connector_free(connector);
}

/* Makes a socket that is neither non-blocking nor close-on-exec. */
static evutil_socket_t
make(struct hecat_connector *connector, const struct sockaddr *address,
    void *arg)
{
	struct fixture *fixture = arg;
	int error = fixture->errors[fixture->made];

	assert_ptr_equal(connector, fixture->connector);
	fixture->made++;
	fixture->made_fd = -1;
	if (error == 0)
		fixture->made_fd = socket(
		    address->sa_family, fixture->make_type, 0);
	interfere(fixture, fixture->in_factory);
	errno = error == -1 ? 0 : error;
	return (fixture->made_fd);
}

static int
prepare(struct hecat_connector *connector, evutil_socket_t fd,
    const struct sockaddr *address, void *arg)
{
	struct fixture *fixture = arg;
	int tos = IPTOS_LOWDELAY, state = 0;
	socklen_t length = sizeof(state);
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC };
	socklen_t local_length = sizeof(local);

	assert_ptr_equal(connector, fixture->connector);
	assert_int_equal(address->sa_family, AF_INET);
	/* It is neither bound nor connected. */
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&local, &local_length), 0);
	assert_int_equal(((struct sockaddr_in *)&local)->sin_port, 0);
	assert_int_equal(
	    getpeername(fd, (struct sockaddr *)&local, &local_length), -1);
	assert_int_equal(
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &state, &length), 0);
	if (fixture->made > 0)
		assert_int_equal(fd, fixture->made_fd);
	assert_int_equal(
	    setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)), 0);
	interfere(fixture, fixture->in_prepare);
	return (fixture->refusals[fixture->prepared++]);
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct fixture *fixture = arg;

	(void)connector;
	if (hecat_event_get_type(event) == HECAT_EVENT_OUT_OF_DESCRIPTORS)
		fixture->put_off++;
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct fixture *fixture = arg;

	assert_ptr_equal(connector, fixture->connector);
	fixture->callbacks++;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct fixture *fixture = arg;

	assert_ptr_equal(connector, fixture->connector);
	fixture->error = error;
	fixture->callbacks++;
}

static int
setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){
		.base = real_loop_new(),
		.config = hecat_config_new(),
		.descriptors = open_descriptors(),
		.make_type = SOCK_STREAM,
		.count = ADDRESSES,
		.made_fd = -1,
	};
	for (size_t i = 0; i < ADDRESSES; i++) {
		fixture.addresses[i] = literal("127.0.0.1");
		fixture.listening[i] = listener(&fixture.addresses[i], 8);
	}
	hecat_config_set_order(fixture.config, HECAT_ORDER_RESOLVER);
	hecat_config_set_observer(fixture.config, observe, &fixture);
	*state = &fixture;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hecat_connector_free(fixture->connector);
	hecat_config_free(fixture->config);
	for (size_t i = 0; i < ADDRESSES; i++)
		close(fixture->listening[i]);
	real_loop_settle(fixture->base);
	real_loop_assert_no_events(fixture->base);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	event_base_free(fixture->base);
	return (0);
}

static void
begin(struct fixture *fixture)
{
	struct evutil_addrinfo nodes[ADDRESSES] = { { .ai_flags = 0 } };

	for (size_t i = 0; i < fixture->count; i++) {
		nodes[i].ai_addr = &fixture->addresses[i].sa;
		nodes[i].ai_addrlen = fixture->addresses[i].length;
		nodes[i].ai_next = i + 1 < fixture->count ? &nodes[i + 1]
							  : NULL;
	}
	hecat_connector_free(fixture->connector);
	fixture->connector = hecat_connector_new(
	    fixture->base, fixture->config, on_connected, on_failed, fixture);
	assert_int_equal(
	    hecat_connector_connect_addrinfo(fixture->connector, nodes), 0);
}

static void
run(struct fixture *fixture)
{
	begin(fixture);
	real_loop_run(fixture->base, &fixture->callbacks, 1);
}

/* Returns the port that the connector is connected to, as an index. */
static size_t
winner(const struct fixture *fixture)
{
	struct address peer = address_copy(
	    hecat_connector_get_peer(fixture->connector));
	size_t i = 0;

	while (i < ADDRESSES && !address_equal(&peer, &fixture->addresses[i]))
		i++;
	return (i);
}

static void
both_are_used(void **state)
{
	struct fixture *fixture = *state;
	int fd, tos = 0;
	socklen_t length = sizeof(tos);

	hecat_config_set_socket_factory(fixture->config, make, fixture);
	hecat_config_set_socket_cb(fixture->config, prepare, fixture);
	run(fixture);
	fd = hecat_connector_get_fd(fixture->connector);
	assert_int_equal(fd, fixture->made_fd);
	assert_int_equal(fixture->made, 1);
	assert_int_equal(fixture->prepared, 1);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(fd, IPPROTO_IP, IP_TOS, &tos, &length), 0);
	assert_int_equal(tos, IPTOS_LOWDELAY);
}

static void
it_is_prepared_before_it_is_bound(void **state)
{
	struct fixture *fixture = *state;
	struct address source = literal("127.0.0.2");

	hecat_config_add_source(fixture->config, &source.sa, source.length);
	hecat_config_set_socket_cb(fixture->config, prepare, fixture);
	run(fixture);
	assert_int_equal(fixture->prepared, 1);
	assert_int_equal(fixture->error, 0);
}

/* A refusal fails one attempt, with its errno, and the next one starts. */
static void
a_refusal(void **state)
{
	struct fixture *fixture = *state;
	const struct hecat_error_entry *entry;

	for (int which = 0; which < 2; which++) {
		fixture->made = fixture->prepared = fixture->callbacks = 0;
		fixture->errors[0] = fixture->refusals[0] = EACCES;
		fixture->errors[1] = -1;
		fixture->refusals[1] = ENOPROTOOPT;
		hecat_config_set_socket_factory(
		    fixture->config, which == 0 ? make : NULL, fixture);
		hecat_config_set_socket_cb(
		    fixture->config, which == 1 ? prepare : NULL, fixture);
		run(fixture);
		assert_int_equal(fixture->error, 0);
		assert_int_equal(winner(fixture), 2);
		assert_int_equal(
		    hecat_connector_get_error_count(fixture->connector), 2);
		entry = hecat_connector_get_error(fixture->connector, 0);
		assert_int_equal(hecat_error_entry_get_error(entry), EACCES);
		assert_int_equal(
		    hecat_error_entry_get_outcome(entry), HECAT_OUTCOME_FAILED);
		entry = hecat_connector_get_error(fixture->connector, 1);
		assert_int_equal(hecat_error_entry_get_error(entry),
		    which == 0 ? EINVAL : ENOPROTOOPT);
	}
}

static void
all_refused(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ADDRESSES; i++)
		fixture->refusals[i] = EPERM;
	hecat_config_set_socket_cb(fixture->config, prepare, fixture);
	run(fixture);
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	assert_int_equal(fixture->prepared, ADDRESSES);
}

static void
a_shortage_puts_off(void **state)
{
	struct fixture *fixture = *state;

	for (int which = 0; which < 2; which++) {
		fixture->made = fixture->prepared = 0;
		fixture->callbacks = fixture->put_off = 0;
		fixture->errors[0] = fixture->refusals[0] = EMFILE;
		hecat_config_set_socket_factory(
		    fixture->config, which == 0 ? make : NULL, fixture);
		hecat_config_set_socket_cb(
		    fixture->config, which == 1 ? prepare : NULL, fixture);
		run(fixture);
		assert_int_equal(fixture->error, 0);
		assert_int_equal(winner(fixture), 0);
		assert_int_equal(fixture->put_off, 1);
		assert_int_equal(fixture->made + fixture->prepared, 2);
	}
}

static void
no_stream_socket(void **state)
{
	struct fixture *fixture = *state;
	const struct hecat_error_entry *entry;

	fixture->make_type = SOCK_DGRAM;
	hecat_config_set_socket_factory(fixture->config, make, fixture);
	run(fixture);
	assert_int_equal(fixture->error, HECAT_ERROR_CONNECT);
	entry = hecat_connector_get_error(fixture->connector, 0);
	assert_int_equal(hecat_error_entry_get_error(entry), EPROTOTYPE);
}

static void
given_up_inside(void **state)
{
	struct fixture *fixture = *state;

	hecat_config_set_socket_factory(fixture->config, make, fixture);
	hecat_config_set_socket_cb(fixture->config, prepare, fixture);
	for (int how = CANCEL; how <= FREE; how++)
		for (int which = 0; which < 2; which++)
			for (int refused = 0; refused < 2; refused++) {
				fixture->made = fixture->prepared = 0;
				fixture->errors[0] = fixture->refusals[0] = 0;
				if (refused && which == 0)
					fixture->errors[0] = EPERM;
				if (refused && which == 1)
					fixture->refusals[0] = EPERM;
				fixture->in_factory = which == 0
				    ? (enum interference)how
				    : NOTHING;
				fixture->in_prepare = which == 1
				    ? (enum interference)how
				    : NOTHING;
				begin(fixture);
				real_loop_run(fixture->base, &fixture->made, 1);
				real_loop_settle(fixture->base);
				assert_int_equal(fixture->callbacks, 0);
				assert_int_equal(fixture->made, 1);
				assert_int_equal(
				    fixture->prepared, (size_t)which);
			}
	/* Nobody was connected to. */
	for (size_t i = 0; i < ADDRESSES; i++) {
		evutil_make_socket_nonblocking(fixture->listening[i]);
		assert_int_equal(accept(fixture->listening[i], NULL, NULL), -1);
	}
}

static void
what_was_set(void **state)
{
	struct fixture *fixture = *state;
	void *arg = NULL;

	assert_null(hecat_config_get_socket_factory(fixture->config, NULL));
	assert_null(hecat_config_get_socket_cb(fixture->config, NULL));
	assert_int_equal(
	    hecat_config_set_socket_factory(fixture->config, make, &arg), 0);
	assert_int_equal(
	    hecat_config_set_socket_cb(fixture->config, prepare, fixture), 0);
	assert_ptr_equal(
	    hecat_config_get_socket_factory(fixture->config, &arg), make);
	assert_ptr_equal(arg, &arg);
	assert_ptr_equal(
	    hecat_config_get_socket_cb(fixture->config, &arg), prepare);
	assert_ptr_equal(arg, fixture);
	assert_ptr_equal(
	    hecat_config_get_observer(fixture->config, &arg), observe);
	assert_int_equal(hecat_config_set_socket_cb(NULL, prepare, NULL), -1);
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_int_equal(hecat_config_set_socket_factory(NULL, make, NULL), -1);
	assert_int_equal(errno, EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_are_used),
		TEST(it_is_prepared_before_it_is_bound),
		TEST(a_refusal),
		TEST(all_refused),
		TEST(a_shortage_puts_off),
		TEST(no_stream_socket),
		TEST(given_up_inside),
		TEST(what_was_set),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
