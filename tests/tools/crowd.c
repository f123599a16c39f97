/* SPDX-License-Identifier: ISC */
/*
 * crowd COUNT NAME SILENT-COUNT SILENT-PREFIX PORT: many connectors at once on
 * one event base, by the public library: first those to the names PREFIX1,
 * PREFIX2 and so on, whose end is not awaited, then COUNT to NAME. Ends when
 * these are connected, or have failed, and prints
 *
 *	connected N spread US last US descriptors N
 *
 * spread is from the first connection to the last one, last from the start;
 * both in microseconds. descriptors is how many each of the COUNT had open when
 * the first attempt of every one was under way, in hundredths, rounded up. Not
 * counted are further attempts, and what those to the silent names may have: an
 * event, and the sockets on which the system asks for the two families.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "hecat.h"
#include "precise_base.h"
#include "usage.h"

#define NAME_SIZE          256
#define SILENT_DESCRIPTORS 3

static struct {
	struct event_base *base;
	struct hecat_connector **connectors; /* the silent ones first */
	long count;
	long all;     /* with the silent ones */
	long made;    /* up to now */
	long started; /* first attempts, */
	long more;    /* and further ones before all of these were */
	long ended;
	long connected;
	int64_t first, last;
	long descriptors; /* of all, before and when all were under way */
	long descriptors_before;
} crowd;

static void
end_one(void)
{
	if (++crowd.ended == crowd.count)
		event_base_loopbreak(crowd.base);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	(void)arg;
	close(hecat_connector_take_fd(connector));
	crowd.last = usage_now();
	if (crowd.connected++ == 0)
		crowd.first = crowd.last;
	end_one();
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)arg;
	warnx("no connection: %d", (int)error);
	end_one();
}

/* Counts the descriptors when every connector has an attempt under way. */
static void
on_event(struct hecat_connector *connector, const struct hecat_event *event,
    void *arg)
{
	(void)connector;
	(void)arg;
	if (hecat_event_get_type(event) != HECAT_EVENT_ATTEMPT_STARTED ||
	    crowd.started == crowd.count)
		return;
	if (hecat_event_get_attempt(event) > 0)
		crowd.more++;
	else if (++crowd.started == crowd.count)
		crowd.descriptors = usage_entries("/proc/self/fd");
}

static void
connect_to(const char *name, const char *port, hecat_observer_cb observer)
{
	struct hecat_config *config = hecat_config_new();
	struct hecat_connector *connector = NULL;

	if (config != NULL &&
	    hecat_config_set_observer(config, observer, NULL) == 0)
		connector = hecat_connector_new(
		    crowd.base, config, on_connected, on_failed, NULL);
	if (connector == NULL ||
	    hecat_connector_connect_hostname(connector, name, port) == -1)
		err(1, "%s", name);
	hecat_config_free(config);
	crowd.connectors[crowd.made++] = connector;
}

int
main(int argc, char **argv)
{
	char name[NAME_SIZE];
	int64_t start;
	long own;

	if (argc != 6)
		errx(2, "crowd COUNT NAME SILENT-COUNT SILENT-PREFIX PORT");
	usage_raise_limit();
	crowd.base = precise_base_new();
	crowd.count = atol(argv[1]);
	crowd.all = crowd.count + atol(argv[3]);
	crowd.connectors = calloc(
	    (size_t)crowd.all, sizeof(struct hecat_connector *));
	if (crowd.connectors == NULL)
		err(1, "calloc");
	crowd.descriptors_before = usage_entries("/proc/self/fd");
	start = usage_now();
	for (long i = crowd.count; i < crowd.all; i++) {
		snprintf(
		    name, sizeof(name), "%s%ld", argv[4], i - crowd.count + 1);
		connect_to(name, argv[5], NULL);
	}
	for (long i = 0; i < crowd.count; i++)
		connect_to(argv[2], argv[5], on_event);
	event_base_dispatch(crowd.base);
	own = crowd.descriptors - crowd.descriptors_before - crowd.more -
	    (crowd.all - crowd.count) * SILENT_DESCRIPTORS;
	printf("connected %ld spread %lld last %lld descriptors %ld\n",
	    crowd.connected, (long long)(crowd.last - crowd.first),
	    (long long)(crowd.last - start),
	    (own * 100 + crowd.count - 1) / crowd.count);
	for (long i = 0; i < crowd.made; i++)
		hecat_connector_free(crowd.connectors[i]);
	free(crowd.connectors);
	event_base_free(crowd.base);
	return (crowd.connected == crowd.count ? 0 : 1);
}
