/* SPDX-License-Identifier: ISC */
/*
 * What a connector does to the process it is in, which is nothing: signals,
 * locale, environment, limits and descriptors are the same afterwards. And
 * connectors in two threads, each with a base of its own. By the public
 * interface.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "address.h"
#include "fake/real_loop.h"
#include "hecat.h"

#define SIGNALS          65
#define DESCRIPTORS      256
#define ENVIRONMENT_SIZE 65536
#define THREADS          2
#define ROUNDS           60

extern char **environ;

/* All that is the process's, and not a connector's. */
struct process {
	void (*handlers[SIGNALS])(int);
	int handler_flags[SIGNALS];
	char masked[SIGNALS][SIGNALS]; /* while a handler runs; 0: always */
	void *signal_stack;
	char locale[256];
	locale_t own_locale;
	char environment[ENVIRONMENT_SIZE];
	mode_t umask;
	char folder[PATH_MAX];
	int descriptor_flags[DESCRIPTORS]; /* -1: closed */
	int status_flags[DESCRIPTORS];
	struct rlimit limits[RLIM_NLIMITS];
	struct itimerval timers[3];
	int priority;
	pid_t group, session;
};

/* A socket on loopback that accepts or, as long as it does not listen, refuses.
 */
struct target {
	int fd;
	struct address address;
	char service[8];
};

static void
target_init(struct target *target)
{
	struct address *address = &target->address;

	address_parse(address, "127.0.0.1", 0);
	target->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(target->fd, &address->sa, address->length), 0);
	assert_int_equal(
	    getsockname(target->fd, &address->sa, &address->length), 0);
	snprintf(target->service, sizeof(target->service), "%u",
	    (unsigned)address_port(address));
}

static void
note_environment(char *text)
{
	size_t used = 0;

	for (char **entry = environ; *entry != NULL; entry++) {
		size_t length = strlen(*entry) + 1;

		assert_true(used + length < ENVIRONMENT_SIZE);
		memcpy(text + used, *entry, length);
		used += length;
	}
}

static void
note_mask(char *masked, const sigset_t *mask)
{
	for (int i = 1; i < SIGNALS; i++)
		masked[i] = sigismember(mask, i) == 1;
}

static void
note_signals(struct process *process)
{
	struct sigaction action;
	sigset_t mask;
	stack_t stack;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	note_mask(process->masked[0], &mask);
	for (int i = 1; i < SIGNALS; i++) {
		if (sigaction(i, NULL, &action) == -1)
			continue;
		process->handlers[i] = action.sa_handler;
		process->handler_flags[i] = action.sa_flags;
		note_mask(process->masked[i], &action.sa_mask);
	}
	assert_int_equal(sigaltstack(NULL, &stack), 0);
	process->signal_stack = stack.ss_sp;
}

/* The padding is compared, too, and so is cleared. */
static void
note_process(struct process *process)
{
	memset(process, 0, sizeof(*process));
	note_signals(process);
	snprintf(process->locale, sizeof(process->locale), "%s",
	    setlocale(LC_ALL, NULL));
	process->own_locale = uselocale((locale_t)0);
	note_environment(process->environment);
	process->umask = umask(0);
	umask(process->umask);
	assert_non_null(getcwd(process->folder, sizeof(process->folder)));
	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		process->descriptor_flags[fd] = fcntl(fd, F_GETFD);
		process->status_flags[fd] = fcntl(fd, F_GETFL);
	}
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		getrlimit(i, &process->limits[i]);
	for (int i = 0; i < 3; i++)
		getitimer(i, &process->timers[i]);
	process->priority = getpriority(PRIO_PROCESS, 0);
	process->group = getpgrp();
	process->session = getsid(0);
}

/* A connect or lookup, and what is done with it. */
struct errand {
	const char *host;
	bool listens;
	bool only_looks_up;
	bool is_cancelled;
	bool takes_bufferevent;
	long timeout_us; /* 0: none */
	enum hecat_error error;
};

struct run {
	const struct errand *errand;
	size_t callbacks;
	enum hecat_error error;
};

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	struct run *run = arg;
	struct bufferevent *bufferevent;

	run->callbacks++;
	if (!run->errand->takes_bufferevent)
		return;
	bufferevent = hecat_connector_take_bufferevent(connector);
	assert_non_null(bufferevent);
	bufferevent_free(bufferevent);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct run *run = arg;
	char text[512];

	hecat_connector_format_errors(connector, text, sizeof(text));
	run->callbacks++;
	run->error = error;
}

static struct hecat_config *
new_config(const struct errand *errand)
{
	const struct timeval timeout = { .tv_usec = errand->timeout_us };
	struct hecat_config *config = hecat_config_new();

	assert_non_null(config);
	if (errand->timeout_us != 0)
		assert_int_equal(hecat_config_set_timeout(config, &timeout), 0);
	return (config);
}

/* Runs one on a base of its own; a connect is to a target of its own. */
static void
run_errand(const struct errand *errand)
{
	struct hecat_config *config = new_config(errand);
	struct event_base *base = event_base_new();
	struct run run = { .errand = errand };
	struct hecat_connector *connector;
	struct target target;

	assert_non_null(base);
	target_init(&target);
	if (errand->listens)
		assert_int_equal(listen(target.fd, 8), 0);
	connector = hecat_connector_new(
	    base, config, on_connected, on_failed, &run);
	assert_non_null(connector);
	hecat_config_free(config);
	assert_int_equal(
	    (errand->only_looks_up ? hecat_connector_lookup_hostname
				   : hecat_connector_connect_hostname)(
		connector, errand->host, target.service),
	    0);
	if (errand->is_cancelled) {
		real_loop_settle(base);
		hecat_connector_cancel(connector);
	} else {
		real_loop_run(base, &run.callbacks, 1);
		assert_int_equal(run.error, errand->error);
	}
	hecat_connector_free(connector);
	real_loop_settle(base);
	event_base_free(base);
	close(target.fd);
}

static const struct errand errands[] = {
	{ .host = "127.0.0.1", .listens = true },
	{ .host = "127.0.0.1", .listens = true, .takes_bufferevent = true },
	{ .host = "localhost", .listens = true },
	{ .host = "127.0.0.1", .error = HECAT_ERROR_CONNECT },
	{ .host = "localhost", .error = HECAT_ERROR_CONNECT },
	{ .host = "localhost", .only_looks_up = true },
	{ .host = "127.0.0.1", .only_looks_up = true },
	{ .host = "localhost", .timeout_us = 1, .error = HECAT_ERROR_TIMEOUT },
	{ .host = "localhost", .is_cancelled = true },
};

static void
nothing_of_the_process_is_changed(void **state)
{
	static struct process before, after;

	(void)state;
	/* What is not as at the beginning shows whether it is put back. */
	setlocale(LC_ALL, "C.UTF-8");
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	umask(027);
	for (size_t i = 0; i < sizeof(errands) / sizeof(errands[0]); i++) {
		real_loop_begin();
		note_process(&before);
		run_errand(&errands[i]);
		assert_int_equal(hecat_global_shutdown(NULL), 0);
		note_process(&after);
		if (memcmp(&before, &after, sizeof(before)) != 0)
			fail_msg("errand %zu", i);
	}
}

/* All of them, again and again; each thread begins with another one. */
static void *
run_errands(void *first)
{
	size_t count = sizeof(errands) / sizeof(errands[0]);

	for (size_t i = 0; i < ROUNDS; i++)
		run_errand(&errands[(*(size_t *)first + i) % count]);
	return (NULL);
}

static void
two_threads_have_a_base_each(void **state)
{
	static size_t firsts[THREADS] = { 0, 4 };
	pthread_t threads[THREADS];

	(void)state;
	real_loop_begin();
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run_errands, &firsts[i]),
		    0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(hecat_global_shutdown(NULL), 0);
}

/* One configuration, which connectors in both threads are made with. */
static void *
copy_config(void *arg)
{
	const struct hecat_config *config = arg;
	struct event_base *base = event_base_new();
	struct run run = { .errand = &errands[0] };
	struct timeval tv;

	assert_non_null(base);
	for (size_t i = 0; i < ROUNDS; i++) {
		struct hecat_connector *connector = hecat_connector_new(
		    base, config, on_connected, on_failed, &run);

		assert_non_null(connector);
		assert_ptr_equal(hecat_config_get_timeout(config, &tv), &tv);
		hecat_connector_free(connector);
		real_loop_settle(base);
	}
	event_base_free(base);
	return (NULL);
}

static void
two_threads_read_one_configuration(void **state)
{
	struct hecat_config *config = new_config(&errands[7]);
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, copy_config, config), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	hecat_config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_the_process_is_changed),
		cmocka_unit_test(two_threads_have_a_base_each),
		cmocka_unit_test(two_threads_read_one_configuration),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
