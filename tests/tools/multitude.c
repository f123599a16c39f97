/* SPDX-License-Identifier: ISC */
/*
 * multitude at-once COUNT TARGETS: COUNT connectors at once on one event base,
 * by the public library.
 * multitude in-turn COUNT TARGETS: COUNT one after another, in one process.
 *
 * TARGETS is a file of lines "HOST ADDRESS" or "HOST connect" or "HOST
 *resolve": a connect to HOST, port 80, has to end with a connection to ADDRESS,
 *or with that error. The connectors go through the lines, again and again.
 *
 * At every event of a few connectors, at some of those of many, the descriptors
 * are counted. Not counted are those that a lookup has which its connector no
 * longer waits for, and attempts beside the first one of a connector. With one
 * connector no descriptor may be open that is not an attempt, or a lookup that
 * is not answered. In the end nothing may be left: no thread, no descriptor.
 * It prints
 *
 *	COUNT right R descriptors D events E processor US memory KIB grown KIB
 *
 * D is the most that a connector had, in hundredths and rounded up. Memory is
 * that after a tenth of all, and by how much it has grown from there to the
 * end. The status is 1 when a connector did not end as it has to, or something
 * was left.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "hecat.h"
#include "precise_base.h"
#include "usage.h"

#define TARGETS_MAX        64
#define TEXT_SIZE          128
#define LOOKUP_DESCRIPTORS 3
#define COUNTS             200 /* of the descriptors, with many connectors */
#define EVENTS_EACH        10  /* more or less */

struct target {
	char host[TEXT_SIZE];
	char outcome[TEXT_SIZE];
};

/* One connect. */
struct member {
	struct hecat_connector *connector;
	const struct target *target;
	long unanswered; /* queries */
	long attempts;   /* in flight, and the one that has won */
	long closing;    /* descriptors that are closed after this event */
};

static struct {
	struct event_base *base;
	struct target targets[TARGETS_MAX];
	size_t target_count;
	bool at_once;
	long count;
	long live; /* members */
	long ended;
	long right;
	long wrong;
	long more;     /* attempts beside the first of each */
	long orphaned; /* lookups that nobody waits for */
	long events;
	long before; /* descriptors */
	long most;   /* of a connector, in hundredths */
} all;

static void
read_targets(const char *path)
{
	FILE *file = fopen(path, "r");
	struct target *target = all.targets;

	if (file == NULL)
		err(2, "%s", path);
	while (all.target_count < TARGETS_MAX &&
	    fscanf(file, "%127s %127s", target->host, target->outcome) == 2) {
		all.target_count++;
		target++;
	}
	fclose(file);
	if (all.target_count == 0)
		errx(2, "%s: no targets", path);
}

/*
 * Returns how many descriptors a member needs: one for each attempt. While a
 * lookup is under way each of its two threads may have one, whichever query is
 * answered, and there is one to wake up the loop.
 */
static long
needed_descriptors(const struct member *member)
{
	return (member->attempts + member->closing +
	    (member->unanswered > 0 ? LOOKUP_DESCRIPTORS : 0));
}

/* Counts descriptors where that is due. */
static void
count_descriptors(const struct member *member)
{
	long step = all.at_once ? all.count * EVENTS_EACH / COUNTS + 1 : 1;
	long open, each;

	if (all.events % step != 0 || all.live == 0 ||
	    (!all.at_once && all.ended >= COUNTS))
		return;
	open = usage_entries("/proc/self/fd") - all.before;
	each = (100 * (open - all.more - all.orphaned) + all.live - 1) /
	    all.live;
	if (each > all.most)
		all.most = each;
	if (all.live == 1 && open - all.orphaned > needed_descriptors(member)) {
		all.wrong++;
		warnx("%s: %ld descriptors, %ld attempts, %ld lookups",
		    member->target->host, open, member->attempts,
		    member->unanswered);
	}
}

static void
on_event(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	struct member *member = hecat_connector_get_arg(connector);

	(void)arg;
	all.events++;
	member->closing = 0;
	switch (hecat_event_get_type(event)) {
	case HECAT_EVENT_CANDIDATE:
	case HECAT_EVENT_SKIPPED:
		/* What the kernel is asked with for the order. */
		member->closing = 1;
		break;
	case HECAT_EVENT_QUERY:
		member->unanswered++;
		break;
	case HECAT_EVENT_ANSWER:
		member->unanswered--;
		break;
	case HECAT_EVENT_ATTEMPT_STARTED:
		all.more += ++member->attempts > 1;
		break;
	case HECAT_EVENT_ATTEMPT_ENDED:
		if (hecat_event_get_outcome(event) != HECAT_OUTCOME_WON)
			all.more -= member->attempts-- > 1;
		member->closing = 1;
		break;
	case HECAT_EVENT_OUT_OF_DESCRIPTORS:
		all.wrong++;
		warnx("%s: out of descriptors", member->target->host);
		break;
	default:
		break;
	}
	count_descriptors(member);
}

/* Ends a member: `outcome` is the address or the error. */
static void
end_member(struct member *member, const char *outcome)
{
	bool right = strcmp(outcome, member->target->outcome) == 0;

	all.right += right;
	if (!right)
		warnx("%s: %s, not %s", member->target->host, outcome,
		    member->target->outcome);
	all.orphaned += member->unanswered;
	all.live--;
	all.ended++;
	hecat_connector_free(member->connector);
	member->connector = NULL;
	if (all.live == 0)
		event_base_loopbreak(all.base);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	const struct sockaddr *peer = hecat_connector_get_peer(connector);
	char text[INET6_ADDRSTRLEN] = "";

	if (peer->sa_family == AF_INET)
		inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)peer)->sin_addr, text,
		    sizeof(text));
	else
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)peer)->sin6_addr, text,
		    sizeof(text));
	close(hecat_connector_take_fd(connector));
	end_member(arg, text);
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	if (error == HECAT_ERROR_CONNECT)
		end_member(arg, "connect");
	else
		end_member(
		    arg, error == HECAT_ERROR_RESOLVE ? "resolve" : "error");
}

static void
start(struct member *member, long number)
{
	static struct hecat_config *config;

	if (config == NULL) {
		config = hecat_config_new();
		if (config == NULL ||
		    hecat_config_set_observer(config, on_event, NULL) == -1)
			err(1, "hecat_config_new");
	}
	*member = (struct member){
		.target = &all.targets[(size_t)number % all.target_count],
	};
	member->connector = hecat_connector_new(
	    all.base, config, on_connected, on_failed, member);
	if (member->connector == NULL ||
	    hecat_connector_connect_hostname(
		member->connector, member->target->host, "80") == -1)
		err(1, "%s", member->target->host);
	all.live++;
	if (number + 1 == all.count)
		hecat_config_free(config);
}

/* Waits for lookups that nobody waits for, and looks what is left. */
static void
settle(void)
{
	if (hecat_global_shutdown(NULL) == -1)
		err(1, "hecat_global_shutdown");
	all.orphaned = 0;
	event_base_loop(all.base, EVLOOP_NONBLOCK);
	if (usage_entries("/proc/self/fd") == all.before &&
	    event_base_get_num_events(all.base, EVENT_BASE_COUNT_ADDED) == 0)
		return;
	all.wrong++;
	warnx("left: %ld descriptors, %d events",
	    usage_entries("/proc/self/fd") - all.before,
	    event_base_get_num_events(all.base, EVENT_BASE_COUNT_ADDED));
}

static void
run_at_once(struct member *members)
{
	for (long i = 0; i < all.count; i++)
		start(&members[i], i);
	event_base_dispatch(all.base);
}

/* Returns the memory after a tenth of all. */
static long
run_in_turn(struct member *member)
{
	long memory = 0;

	for (long i = 0; i < all.count; i++) {
		start(member, i);
		event_base_dispatch(all.base);
		if (i + 1 != all.count / 10)
			continue;
		settle();
		memory = usage_memory();
	}
	return (memory);
}

int
main(int argc, char **argv)
{
	struct member *members;
	int64_t began;
	long memory = 0;

	if (argc != 4)
		errx(2, "multitude at-once|in-turn COUNT TARGETS");
	all.at_once = strcmp(argv[1], "at-once") == 0;
	all.count = atol(argv[2]);
	read_targets(argv[3]);
	usage_raise_limit();
	all.base = precise_base_new();
	members = calloc((size_t)all.count, sizeof(*members));
	if (members == NULL || all.count < 1)
		errx(1, "no connectors");
	all.before = usage_entries("/proc/self/fd");
	began = usage_processor();
	if (all.at_once)
		run_at_once(members);
	else
		memory = run_in_turn(members);
	settle();
	printf("%ld right %ld descriptors %ld events %ld processor %lld memory "
	       "%ld grown %ld\n",
	    all.count, all.right, all.most, all.events,
	    (long long)(usage_processor() - began), memory,
	    memory == 0 ? 0 : usage_memory() - memory);
	free(members);
	event_base_free(all.base);
	return (all.right == all.count && all.wrong == 0 ? 0 : 1);
}
