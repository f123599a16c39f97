/* SPDX-License-Identifier: ISC */
/*
 * Each call to libc that a connector makes fails, once at its K-th time and
 * from its K-th time on, in ways to connect and to look up. It ends with a
 * success, or with an error that is due to the fault: out of memory is never a
 * refused connect. Nothing hangs, and nothing is left: descriptors, events,
 * threads, allocations.
 *
 * The number of runs is printed. By the public interface; gate.h has the
 * getaddrinfo, so that libc's resolver is not part of it (tests/faults has).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "address.h"
#include "clock.h"
#include "fake/gate.h"
#include "fake/real_loop.h"
#include "fake/shortage.h"
#include "hecat.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ERRORS_MAX       4
#define TIMES_MAX        400
#define DESCRIPTORS_MAX  64 /* far more than there are */

/* Where a scenario connects to. */
enum host { ACCEPTING, REFUSING };

struct scenario {
	const char *name;
	const char *host;     /* NULL: a list */
	const char *hosts[3]; /* the list, or what the name stands for */
	enum host kinds[3];   /* of the list; of the name the first counts */
	int family;
	enum hecat_order order;
	enum hecat_success success;
	bool only_looks_up;
	bool has_source;
	bool has_step;
	bool takes_bufferevent;
	bool all_at_once;
	enum hecat_error error; /* when nothing fails */
};

static const struct scenario scenarios[] = {
	{ .name = "an address", .host = "127.0.0.1" },
	{ .name = "an address that refuses",
	    .host = "127.0.0.1",
	    .kinds = { REFUSING },
	    .error = HECAT_ERROR_CONNECT },
	{ .name = "a list, the first of which refuses",
	    .hosts = { "127.0.0.1", "127.0.0.2", "127.0.0.3" },
	    .kinds = { REFUSING, ACCEPTING, ACCEPTING } },
	{ .name = "a list, all at once",
	    .hosts = { "127.0.0.1", "127.0.0.2" },
	    .all_at_once = true },
	{ .name = "a name of one family",
	    .host = "host.example",
	    .family = AF_INET },
	{ .name = "a name", .host = "host.example" },
	{ .name = "a name in the order of the resolver",
	    .host = "host.example",
	    .order = HECAT_ORDER_RESOLVER },
	{ .name = "a name that refuses",
	    .host = "host.example",
	    .kinds = { REFUSING },
	    .error = HECAT_ERROR_CONNECT },
	{ .name = "a lookup alone",
	    .host = "host.example",
	    .only_looks_up = true },
	{ .name = "a list that is sorted alone",
	    .hosts = { "127.0.0.1", "127.0.0.2" },
	    .only_looks_up = true },
	{ .name = "the first byte is waited for",
	    .host = "127.0.0.1",
	    .success = HECAT_SUCCESS_DATA },
	{ .name = "a source", .host = "127.0.0.1", .has_source = true },
	{ .name = "a step", .host = "127.0.0.1", .has_step = true },
	{ .name = "a bufferevent",
	    .host = "127.0.0.1",
	    .takes_bufferevent = true },
};

/* What a call can fail with. */
static const struct fault {
	enum shortage_call call;
	int errors[ERRORS_MAX];
} faults[] = {
	{ SHORTAGE_memory, { ENOMEM } },
	{ SHORTAGE_event_memory, { ENOMEM } },
	{ SHORTAGE_socket, { EMFILE, EACCES, ENOMEM } },
	{ SHORTAGE_bind, { EADDRINUSE, ENOMEM } },
	{ SHORTAGE_connect, { ENETUNREACH, EPERM, ENOBUFS } },
	{ SHORTAGE_getsockopt, { ENOBUFS, ENOPROTOOPT } },
	{ SHORTAGE_setsockopt, { ENOBUFS, ENOPROTOOPT } },
	{ SHORTAGE_getsockname, { ENOBUFS } },
	{ SHORTAGE_getpeername, { ENOBUFS } },
	{ SHORTAGE_recv, { ECONNRESET, ENOMEM } },
	{ SHORTAGE_recvmsg, { ENOMEM, ENOBUFS } },
	{ SHORTAGE_send, { ENOBUFS, EPERM } },
	{ SHORTAGE_epoll_create1, { EMFILE, ENOMEM, ENOSYS } },
	{ SHORTAGE_epoll_ctl, { ENOSPC, ENOMEM } },
	{ SHORTAGE_eventfd, { EMFILE, ENOMEM, ENOSYS } },
	{ SHORTAGE_pipe2, { EMFILE, ENOMEM } },
	{ SHORTAGE_pthread_create, { EAGAIN } },
	{ SHORTAGE_pthread_cond_init, { ENOMEM } },
	{ SHORTAGE_pthread_condattr_init, { ENOMEM } },
};

/* A run of a scenario with one fault. */
struct run {
	const struct scenario *scenario;
	enum shortage_call call;
	size_t granted;
	bool lasts;
	int fault; /* the errno; 0: none */
	struct event_base *base;
	struct hecat_connector *connector;
	size_t callbacks;
	enum hecat_error error;
	bool is_named;   /* the errno was in an event */
	bool is_put_off; /* it waits for what it lacks */
	struct event *step_event;
};

/* The peers, in another process: one accepts and writes a byte, one refuses. */
static struct {
	int fd[2];
	struct address address[2];
	pid_t process;
} peers;

static struct run run;
static bool is_warm;    /* the scenario has run before */
static bool has_memory; /* it is refused and counted */

/* Writes a byte to each that connects, until this process is killed. */
static void
serve(void)
{
	int fd;

	for (;;) {
		fd = accept(peers.fd[ACCEPTING], NULL, NULL);
		if (fd == -1 || write(fd, "x", 1) != 1)
			_exit(1);
		close(fd);
	}
}

static int
setup_all(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct address *address = &peers.address[i];
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		/* One port of all addresses of loopback. */
		address_parse(address, "0.0.0.0", 0);
		assert_int_equal(bind(fd, &address->sa, address->length), 0);
		assert_int_equal(
		    getsockname(fd, &address->sa, &address->length), 0);
		peers.fd[i] = fd;
	}
	assert_int_equal(listen(peers.fd[ACCEPTING], 64), 0);
	peers.process = fork();
	assert_int_not_equal(peers.process, -1);
	if (peers.process == 0)
		serve();
	shortage_begin_event_memory();
	shortage_count_threads(true);
	return (0);
}

static int
teardown_all(void **state)
{
	(void)state;
	shortage_count_threads(false);
	kill(peers.process, SIGKILL);
	waitpid(peers.process, NULL, 0);
	close(peers.fd[0]);
	close(peers.fd[1]);
	return (0);
}

static void
observe(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	(void)connector;
	(void)arg;
	if (run.fault != 0 &&
	    (hecat_event_get_error(event) == run.fault ||
		hecat_event_get_system_error(event) == run.fault))
		run.is_named = true;
	if (hecat_event_get_type(event) == HECAT_EVENT_OUT_OF_DESCRIPTORS)
		run.is_put_off = true;
}

/* Whether what it lacks never comes, and it would wait for ever. */
static bool
is_at_rest(void)
{
	return (run.is_put_off && run.lasts);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct bufferevent *bufferevent;
	evutil_socket_t fd;

	(void)arg;
	run.callbacks++;
	if (run.scenario->takes_bufferevent) {
		bufferevent = hecat_connector_take_bufferevent(connector);
		if (bufferevent != NULL) {
			bufferevent_free(bufferevent);
			return;
		}
		assert_int_equal(errno, ENOMEM);
	}
	fd = hecat_connector_take_fd(connector);
	assert_true((fd == -1) == run.scenario->only_looks_up);
	if (fd != -1)
		close(fd);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[1024];

	(void)arg;
	run.callbacks++;
	run.error = error;
	assert_true(
	    hecat_connector_format_errors(connector, text, sizeof(text)) > 0);
	assert_int_equal(hecat_connector_take_fd(connector), -1);
}

/* The step waits for the byte of the peer, which it leaves there. */
static void
on_byte(evutil_socket_t fd, short what, void *arg)
{
	struct hecat_step *step = arg;

	(void)what;
	event_free(run.step_event);
	run.step_event = NULL;
	hecat_step_succeed(step, fd);
}

static int
begin_step(struct hecat_step *step, void *arg)
{
	(void)arg;
	run.step_event = event_new(hecat_step_get_base(step),
	    hecat_step_get_fd(step), EV_READ, on_byte, step);
	if (run.step_event == NULL)
		return (ENOMEM);
	if (event_add(run.step_event, NULL) == 0)
		return (0);
	event_free(run.step_event);
	run.step_event = NULL;
	return (run.fault);
}

static void
cancel_step(struct hecat_step *step, void *arg)
{
	(void)step;
	(void)arg;
	event_free(run.step_event);
	run.step_event = NULL;
}

/* Made without a fault: memory_for_the_configuration() is in test_shortage. */
static struct hecat_config *
new_config(void)
{
	static const struct hecat_step_methods methods = {
		.size = sizeof(methods),
		.begin = begin_step,
		.cancel = cancel_step,
	};
	static const struct timeval at_once = { .tv_sec = 0 };
	const struct scenario *scenario = run.scenario;
	struct hecat_config *config = hecat_config_new();
	struct address source;

	assert_non_null(config);
	hecat_config_set_observer(config, observe, NULL);
	hecat_config_set_family(config, scenario->family);
	hecat_config_set_order(config, scenario->order);
	hecat_config_set_success(config, scenario->success, NULL);
	if (scenario->all_at_once)
		hecat_config_set_connection_attempt_delay(config, &at_once);
	if (scenario->has_step)
		hecat_config_set_step(config, &methods, NULL);
	if (scenario->has_source) {
		address_parse(&source, "127.0.0.9", 0);
		hecat_config_add_source(config, &source.sa, (int)source.length);
	}
	return (config);
}

static int
start_list(void)
{
	const struct scenario *scenario = run.scenario;
	struct evutil_addrinfo list[3] = { { .ai_flags = 0 } };
	struct address addresses[3];

	for (size_t i = 0; i < 3 && scenario->hosts[i] != NULL; i++) {
		const struct address *peer = &peers.address[scenario->kinds[i]];

		address_parse(
		    &addresses[i], scenario->hosts[i], address_port(peer));
		list[i].ai_addr = &addresses[i].sa;
		list[i].ai_addrlen = addresses[i].length;
		if (i > 0)
			list[i - 1].ai_next = &list[i];
	}
	return ((scenario->only_looks_up
		? hecat_connector_lookup_addrinfo
		: hecat_connector_connect_addrinfo)(run.connector, list));
}

static int
start_host(void)
{
	const struct scenario *scenario = run.scenario;
	char service[8];

	snprintf(service, sizeof(service), "%u",
	    (unsigned)address_port(&peers.address[scenario->kinds[0]]));
	return ((scenario->only_looks_up ? hecat_connector_lookup_hostname
					 : hecat_connector_connect_hostname)(
	    run.connector, scenario->host, service));
}

/* Whether the fault is that there is no memory. */
static bool
is_memory(void)
{
	return (run.fault == ENOMEM || run.fault == ENOBUFS);
}

/* What cannot be begun has the errno of the fault. */
static void
check_start(void)
{
	if (errno != run.fault && !(errno == ENOMEM && run.fault != 0))
		fail_msg("it does not begin: errno %d", errno);
}

/* What has failed is what fails without a fault, or has to do with it. */
static void
check_end(void)
{
	enum hecat_error without = run.scenario->error;

	assert_int_equal(run.callbacks, 1);
	if (run.error == without)
		return;
	if (run.error == 0)
		fail_msg("it succeeds");
	if (shortage_refused() == 0)
		fail_msg("it fails without a fault: %d", (int)run.error);
	if (run.call == SHORTAGE_memory || run.call == SHORTAGE_event_memory) {
		/* The memory of a step is its own affair. */
		if (run.error != HECAT_ERROR_MEMORY &&
		    !(run.scenario->has_step && run.is_named))
			fail_msg("out of memory is error %d", (int)run.error);
	} else if (run.error == HECAT_ERROR_MEMORY) {
		if (!is_memory() && run.fault != ENOSPC)
			fail_msg("it is not for lack of memory");
	} else if (!run.is_named) {
		fail_msg("error %d, which is not the fault", (int)run.error);
	}
}

/* It is given up, and says that it lacks what it is refused. */
static void
check_rest(void)
{
	assert_true(run.is_named);
	hecat_connector_cancel(run.connector);
	assert_int_equal(run.callbacks, 0);
}

static void
go(void)
{
	struct hecat_config *config = new_config();

	shortage_begin(run.call, run.granted, run.lasts, run.fault);
	if (run.fault == 0)
		shortage_end();
	run.connector = hecat_connector_new(
	    run.base, config, on_connected, on_failed, NULL);
	if (run.connector == NULL) {
		check_start();
	} else if ((run.scenario->host != NULL ? start_host() : start_list()) ==
	    -1) {
		check_start();
	} else {
		while (
		    run.callbacks == 0 && !is_at_rest() && real_loop_in_time())
			event_base_loop(run.base, EVLOOP_ONCE);
		if (is_at_rest() && run.callbacks == 0)
			check_rest();
		else
			check_end();
	}
	hecat_connector_free(run.connector);
	real_loop_settle(run.base);
	shortage_end();
	hecat_config_free(config);
}

static void
do_nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Runs a scenario with a base of its own. Returns how many calls failed. */
static size_t
run_once(void)
{
	/* So that what hangs is seen by its deadline. */
	static const struct timeval second = { .tv_sec = 1 };
	size_t descriptors = open_descriptors_below(DESCRIPTORS_MAX);
	size_t allocations = shortage_allocations();
	struct event *wake_up;

	shortage_count_thread(true);
	gate_reset();
	gate_answer_ipv4("127.0.0.1", "127.0.0.2");
	gate_open(true, true);
	run.base = real_loop_new();
	wake_up = event_new(run.base, -1, EV_PERSIST, do_nothing, NULL);
	assert_non_null(wake_up);
	assert_int_equal(event_add(wake_up, &second), 0);
	go();
	event_free(wake_up);
	assert_null(run.step_event);
	real_loop_assert_no_events(run.base);
	event_base_free(run.base);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
	assert_int_equal(open_descriptors_below(DESCRIPTORS_MAX), descriptors);
	if (has_memory && is_warm && shortage_allocations() != allocations)
		fail_msg("%zd allocations are left",
		    (ssize_t)(shortage_allocations() - allocations));
	return (shortage_refused());
}

/* Runs a scenario with a call failing at each time. Returns the runs. */
static size_t
at_each_time(const struct scenario *scenario, enum shortage_call call,
    int error, bool lasts)
{
	size_t times = 0;

	do {
		run = (struct run){
			.scenario = scenario,
			.call = call,
			.granted = times,
			.lasts = lasts,
			.fault = error,
		};
		assert_true(++times < TIMES_MAX);
	} while (run_once() > 0);
	return (times - 1);
}

static size_t
with_each_error(const struct scenario *scenario, const struct fault *fault)
{
	size_t runs = 0;

	for (size_t i = 0; i < ERRORS_MAX && fault->errors[i] != 0; i++)
		runs += at_each_time(
			    scenario, fault->call, fault->errors[i], false) +
		    at_each_time(scenario, fault->call, fault->errors[i], true);
	return (runs);
}

static void
each_call_fails_at_each_time(void **state)
{
	size_t runs = 0;

	(void)state;
	has_memory = shortage_has_memory();
	for (size_t i = 0; i < LENGTH_OF(scenarios); i++) {
		/* Once without: what libc keeps for good is there then. */
		run = (struct run){ .scenario = &scenarios[i] };
		is_warm = false;
		run_once();
		is_warm = true;
		for (size_t j = 0; j < LENGTH_OF(faults); j++)
			if (has_memory || faults[j].call != SHORTAGE_memory)
				runs += with_each_error(
				    &scenarios[i], &faults[j]);
	}
	run.scenario = NULL;
	print_message("# %zu runs of %zu scenarios, each with a call that "
		      "failed\n",
	    runs, LENGTH_OF(scenarios));
}

/* Says which run has failed. */
static int
teardown(void **state)
{
	(void)state;
	shortage_end();
	if (run.scenario != NULL)
		print_message("%s: %s after %zu%s, errno %d\n",
		    run.scenario->name, shortage_name(run.call), run.granted,
		    run.lasts ? " and on" : "", run.fault);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    each_call_fails_at_each_time, teardown),
	};

	return (cmocka_run_group_tests(tests, setup_all, teardown_all));
}
