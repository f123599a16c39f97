/* SPDX-License-Identifier: ISC */
/*
 * soak SECONDS CONNECTIONS SEED TARGETS: connectors without end on one event
 * base, by the public library, now one after another, now many at once. It goes
 * on for that time, and until there were so many connects.
 *
 * TARGETS is a file of lines "good NAME", "bad NAME", "good ADDRESS" or
 * "bad ADDRESS": what is good has an address that answers, and has to be
 * connected to; what is bad must not be. Each connect is to a name or to a list
 * of addresses, with options drawn from SEED. What is connected is written to
 * and read from, to its end or the next reset; some connects are cancelled.
 *
 * After each round nothing is under way any more: then memory, descriptors and
 * threads are counted. Descriptors and threads have to be back where they were
 * before the first round. Memory may not grow: the most of the last third is
 * compared with the most of the middle one. In the end it prints one line;
 * the status is 1 when anything was wrong.
 */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "hecat.h"
#include "precise_base.h"
#include "usage.h"

#define TARGETS_MAX  256
#define TEXT_SIZE    128
#define LIST_MAX     8
#define ROUND_MAX    64
#define SAMPLES_MAX  100000
#define PORT         80
#define CONNECT_TIME 40000000 /* is enough for anything that is good */
#define SERVICE      "80"

/* How much memory may grow by chance, in KiB: an arena of malloc, or two. */
#define MEMORY_SLACK 1024

struct target {
	char text[TEXT_SIZE];
	bool good;
	bool is_address;
	struct sockaddr_storage address;
};

struct targets {
	struct target items[TARGETS_MAX];
	size_t count;
	size_t names; /* these come first */
};

struct sample {
	long memory; /* KiB */
	long descriptors;
	long threads;
};

struct connect {
	struct hecat_connector *connector;
	struct event *transfer;
	struct event *cancel;
	struct timeval cancel_after;
	struct target *drawn[LIST_MAX];
	size_t drawn_count;
	int fd;
	bool good;
	bool over;
	size_t callbacks;
	char what[TEXT_SIZE];
};

static struct {
	struct event_base *base;
	struct targets targets;
	struct connect connects[ROUND_MAX];
	size_t pending;
	size_t connected, failed, cancelled, wrong;
	long most_threads;
	struct sample samples[SAMPLES_MAX];
	size_t sample_count;
} soak;

static long
draw(long count)
{
	return (random() % count);
}

static void
add_target(const char *kind, const char *text)
{
	struct target *target = &soak.targets.items[soak.targets.count];
	struct sockaddr_in *four = (struct sockaddr_in *)&target->address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&target->address;

	if (soak.targets.count == TARGETS_MAX)
		errx(2, "more than %d targets", TARGETS_MAX);
	soak.targets.count++;
	snprintf(target->text, sizeof(target->text), "%s", text);
	target->good = strcmp(kind, "good") == 0;
	target->is_address = true;
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1)
		*four = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons(PORT),
			.sin_addr = four->sin_addr };
	else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1)
		*six = (struct sockaddr_in6){ .sin6_family = AF_INET6,
			.sin6_port = htons(PORT),
			.sin6_addr = six->sin6_addr };
	else
		target->is_address = false;
	if (!target->is_address &&
	    soak.targets.names++ != soak.targets.count - 1)
		errx(2, "%s: names come before addresses", text);
}

static void
read_targets(const char *path)
{
	char kind[TEXT_SIZE], text[TEXT_SIZE];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		err(2, "%s", path);
	while (fscanf(file, "%127s %127s", kind, text) == 2)
		add_target(kind, text);
	fclose(file);
	if (soak.targets.names == 0 || soak.targets.names == soak.targets.count)
		errx(2, "%s: names and addresses are needed", path);
}

static struct sample
take_sample(void)
{
	return ((struct sample){
	    .memory = usage_memory(),
	    .descriptors = usage_entries("/proc/self/fd"),
	    .threads = usage_entries("/proc/self/task"),
	});
}

/* Takes down one that did not do what it had to. */
static void
blame(struct connect *connect, const char *reason)
{
	soak.wrong++;
	warnx("%s: %s", connect->what, reason);
}

static void
finish(struct connect *connect)
{
	if (connect->over) {
		blame(connect, "it ended twice");
		return;
	}
	connect->over = true;
	if (connect->transfer != NULL)
		event_free(connect->transfer);
	if (connect->cancel != NULL)
		event_free(connect->cancel);
	connect->transfer = connect->cancel = NULL;
	if (connect->fd != -1)
		close(connect->fd);
	connect->fd = -1;
	hecat_connector_free(connect->connector);
	connect->connector = NULL;
	if (--soak.pending == 0)
		event_base_loopbreak(soak.base);
}

/* Reads to the end, to an error, or until nothing comes any more. */
static void
on_transfer(evutil_socket_t fd, short what, void *arg)
{
	struct connect *connect = arg;
	char bytes[4096];

	if ((what & EV_TIMEOUT) != 0 || recv(fd, bytes, sizeof(bytes), 0) <= 0)
		finish(connect);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	static const struct timeval patience = { .tv_usec = 300000 };
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	struct connect *connect = arg;
	int fd = hecat_connector_take_fd(connector);

	connect->fd = fd;
	soak.connected++;
	if (connect->callbacks++ > 0)
		blame(connect, "a second callback");
	if (!connect->good)
		blame(connect, "connected");
	/* The peer may have reset it already. */
	send(fd, request, strlen(request), MSG_NOSIGNAL);
	connect->transfer = event_new(
	    soak.base, fd, EV_READ | EV_PERSIST, on_transfer, connect);
	if (connect->transfer == NULL ||
	    event_add(connect->transfer, &patience) == -1)
		err(1, "event");
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	struct connect *connect = arg;

	(void)connector;
	soak.failed++;
	if (connect->callbacks++ > 0)
		blame(connect, "a second callback");
	if (connect->good || error == HECAT_ERROR_MEMORY)
		blame(connect, "failed");
	finish(connect);
}

static void
on_cancel(evutil_socket_t fd, short what, void *arg)
{
	struct connect *connect = arg;

	(void)fd;
	(void)what;
	if (connect->callbacks > 0)
		return;
	soak.cancelled++;
	hecat_connector_cancel(connect->connector);
	finish(connect);
}

/* Draws what to connect to: a name, or a list of addresses. */
static void
draw_target(struct connect *connect)
{
	size_t names = soak.targets.names, used = 0;
	size_t from = 0, count = names;

	connect->drawn_count = 1;
	if (draw(2) != 0) {
		from = names;
		count = soak.targets.count - names;
		connect->drawn_count = (size_t)(1 + draw(LIST_MAX));
	}
	for (size_t i = 0; i < connect->drawn_count; i++) {
		struct target *target =
		    &soak.targets.items[from + (size_t)draw((long)count)];

		connect->drawn[i] = target;
		connect->good = connect->good || target->good;
		if (used < sizeof(connect->what))
			used += (size_t)snprintf(connect->what + used,
			    sizeof(connect->what) - used, "%s ", target->text);
	}
}

/* Connects to what was drawn. Returns what the library does. */
static int
connect_to_target(struct connect *connect)
{
	struct evutil_addrinfo nodes[LIST_MAX] = { { .ai_flags = 0 } };
	size_t count = connect->drawn_count;

	if (!connect->drawn[0]->is_address)
		return (hecat_connector_connect_hostname(
		    connect->connector, connect->drawn[0]->text, SERVICE));
	for (size_t i = 0; i < count; i++) {
		nodes[i].ai_addr =
		    (struct sockaddr *)&connect->drawn[i]->address;
		nodes[i].ai_addrlen = sizeof(connect->drawn[i]->address);
		nodes[i].ai_next = i + 1 < count ? &nodes[i + 1] : NULL;
	}
	return (hecat_connector_connect_addrinfo(connect->connector, nodes));
}

/* Draws options. What is bad ends by the budget, or before. */
static struct hecat_config *
draw_config(bool good)
{
	static const long delays[] = { 0, 20000, 250000 };
	struct hecat_config *config = hecat_config_new();
	struct timeval delay = { .tv_usec = delays[draw(3)] };
	enum hecat_order order = draw(4) == 0 ? HECAT_ORDER_RESOLVER
					      : HECAT_ORDER_SORTED;
	long budget = good ? CONNECT_TIME : 100000 + 10000 * draw(200);
	struct timeval timeout = { budget / 1000000, budget % 1000000 };

	if (config == NULL ||
	    hecat_config_set_connection_attempt_delay(config, &delay) == -1 ||
	    hecat_config_set_order(config, order) == -1 ||
	    hecat_config_set_timeout(config, &timeout) == -1)
		err(1, "config");
	return (config);
}

static void
start(struct connect *connect)
{
	struct hecat_config *config;

	*connect = (struct connect){ .fd = -1 };
	draw_target(connect);
	config = draw_config(connect->good);
	connect->connector = hecat_connector_new(
	    soak.base, config, on_connected, on_failed, connect);
	hecat_config_free(config);
	if (connect->connector == NULL || connect_to_target(connect) == -1)
		err(1, "%s", connect->what);
	soak.pending++;
	if (draw(10) > 0)
		return;
	connect->cancel = evtimer_new(soak.base, on_cancel, connect);
	connect->cancel_after.tv_usec = draw(300000);
	if (connect->cancel == NULL ||
	    evtimer_add(connect->cancel, &connect->cancel_after) == -1)
		err(1, "event");
}

/* Waits until no lookup runs in a thread any more. */
static void
settle(void)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	int64_t end = usage_now() + 60000000;

	while (usage_entries("/proc/self/task") > 1 && usage_now() < end)
		nanosleep(&pause, NULL);
}

static void
check_sample(const struct sample *sample)
{
	const struct sample *first = &soak.samples[0];

	if (sample->descriptors == first->descriptors &&
	    sample->threads == first->threads)
		return;
	soak.wrong++;
	warnx("%ld descriptors (%ld before), %ld threads (%ld)",
	    sample->descriptors, first->descriptors, sample->threads,
	    first->threads);
}

static void
add_sample(void)
{
	struct sample sample = take_sample();

	if (soak.sample_count == SAMPLES_MAX)
		errx(1, "more than %d rounds", SAMPLES_MAX);
	soak.samples[soak.sample_count++] = sample;
	check_sample(&sample);
}

/* A round: one after another, or many at once. */
static void
run_round(bool at_once)
{
	size_t count = at_once ? ROUND_MAX : ROUND_MAX / 8;
	long threads;

	for (size_t i = 0; i < count; i++) {
		start(&soak.connects[i]);
		if (at_once && i + 1 < count)
			continue;
		event_base_dispatch(soak.base);
		threads = usage_entries("/proc/self/task");
		if (threads > soak.most_threads)
			soak.most_threads = threads;
	}
	for (size_t i = 0; i < count; i++)
		if (!soak.connects[i].over)
			blame(&soak.connects[i], "it did not end");
	settle();
	add_sample();
}

/* The extremes of some samples. */
struct range {
	struct sample least, most;
};

static void
widen(long *least, long *most, long value)
{
	*least = value < *least ? value : *least;
	*most = value > *most ? value : *most;
}

static struct range
range_of(size_t from, size_t end)
{
	struct range range = { soak.samples[from], soak.samples[from] };

	for (size_t i = from; i < end; i++) {
		const struct sample *sample = &soak.samples[i];

		widen(&range.least.memory, &range.most.memory, sample->memory);
		widen(&range.least.descriptors, &range.most.descriptors,
		    sample->descriptors);
		widen(
		    &range.least.threads, &range.most.threads, sample->threads);
	}
	return (range);
}

/* Prints the result and returns whether all was well. */
static bool
conclude(int64_t took)
{
	size_t third = soak.sample_count / 3;
	struct range all = range_of(0, soak.sample_count);
	struct range middle = range_of(third, 2 * third + 1);
	struct range last = range_of(2 * third, soak.sample_count);
	bool flat = last.most.memory <= middle.most.memory + MEMORY_SLACK;

	printf("soak: %lld s, %zu connects: %zu connected, %zu failed, "
	       "%zu cancelled, %zu wrong; after each of %zu rounds memory %ld "
	       "to %ld KiB (middle third %ld, last %ld%s), descriptors %ld to "
	       "%ld, threads %ld to %ld (at most %ld)\n",
	    (long long)(took / 1000000),
	    soak.connected + soak.failed + soak.cancelled, soak.connected,
	    soak.failed, soak.cancelled, soak.wrong, soak.sample_count - 1,
	    all.least.memory, all.most.memory, middle.most.memory,
	    last.most.memory, flat ? "" : ": it grows", all.least.descriptors,
	    all.most.descriptors, all.least.threads, all.most.threads,
	    soak.most_threads);
	return (flat && soak.wrong == 0);
}

int
main(int argc, char **argv)
{
	int64_t began = usage_now(), end;
	size_t connects = 0;

	if (argc != 5)
		errx(2, "soak SECONDS CONNECTIONS SEED TARGETS");
	end = began + 1000000 * (int64_t)atol(argv[1]);
	srandom((unsigned)atol(argv[3]));
	read_targets(argv[4]);
	soak.base = precise_base_new();
	add_sample();
	for (bool at_once = true;
	     usage_now() < end || connects < (size_t)atol(argv[2]);
	     at_once = !at_once) {
		run_round(at_once);
		connects = soak.connected + soak.failed + soak.cancelled;
	}
	event_base_free(soak.base);
	return (conclude(usage_now() - began) ? 0 : 1);
}
