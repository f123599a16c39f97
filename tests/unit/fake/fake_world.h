/* SPDX-License-Identifier: ISC */
/*
 * fake_world.h: the surroundings of a connector, made up and in virtual time.
 *
 * A world is a clock that jumps from event to event, a resolver that answers
 * from a script, a provider whose attempts end as scripted, and a host with
 * routes. It plays the event loop: fake_world_step() lets time pass until
 * something happens and reports that one thing to the connector. What happens
 * at the same time is reported in an order of the test's choice.
 *
 * It also keeps watch: no callback of the connector's may run while
 * connector_new() does, no pair of destination and source may be attempted
 * twice, nothing may be used after its release.
 */
#ifndef FAKE_WORLD_H
#define FAKE_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "connector.h"
#include "fake/fake_host.h"

#define FAKE_TEXT_MAX      1024
#define FAKE_ANSWER_MAX    64
#define FAKE_PAIR_NAME_MAX 160 /* "4a<4s" */

/* The time at which worlds begin; texts count from it. */
#define FAKE_EPOCH (1000 * MONOTIME_PER_SECOND)

/* The order in which simultaneous events are reported. */
enum fake_order {
	FAKE_ANSWERS_FIRST,        /* then the alarm, then attempts */
	FAKE_ALARM_FIRST,          /* then answers, then attempts */
	FAKE_ATTEMPTS_FIRST,       /* then the alarm, then answers */
	FAKE_ATTEMPTS_FIRST_NEWEST /* the last started first */
};
#define FAKE_ORDER_COUNT 4

struct fake_world;

struct fake_answer {
	int family;
	monotime_t time; /* after the start of the lookup; MONOTIME_NEVER */
	int error;       /* EAI_* */
	const struct address *addresses;
	size_t count;
	bool more; /* other answers of the family will follow */
	bool told;
};

/* An attempt in this world. */
struct attempt {
	struct fake_world *world;
	size_t number;
	monotime_t established; /* MONOTIME_NEVER: it never is */
	monotime_t end;
	int error; /* 0: a success */
	bool told; /* by the callback or by poll */
	bool taken;
	attempt_cb cb;
	void *arg;
};

struct fake_world {
	/* The script; to be set before the connector is made. */
	enum fake_order order;
	struct fake_answer answers[5]; /* the one for both families counts when
					  they are asked for together, or when
					  it is the only one */
	size_t answer_count;
	int resolver_error;              /* errno: no lookup can be started */
	monotime_t resolver_error_from;  /* after FAKE_EPOCH */
	monotime_t resolver_error_until; /* likewise */
	monotime_t no_descriptor_until;  /* likewise: lookups that start before
				      lack a  descriptor for an answer */
	int no_descriptor_family;    /* with this family; AF_UNSPEC: for all */
	const char *attempts;        /* "6a=300R 4a=20S"; see fake_world.c */
	const char *attempt_default; /* of those not named there; NULL: "H" */
	size_t descriptors;          /* 0: any number */
	size_t timers_left;          /* that can be set; SIZE_MAX: all */
	const char *unreachable;     /* names of destinations */
	int absent_family;           /* that the host has no address of */
	const char *host;            /* of fake_host.h; NULL: has all routes */
	const char *gai_conf;        /* a path; NULL: the defaults */

	/* What has come of it. */
	monotime_t now;
	monotime_t timer_at;
	bool may_call;       /* false while connector_new() runs */
	size_t lookups;      /* started */
	size_t lookups_live; /* and neither cancelled nor failed */
	enum resolver_families asked;
	monotime_t grace; /* asked for */
	monotime_t asked_at;
	struct fake_host host_of;
	bool host_open;     /* the host was asked, and may not rest */
	size_t host_asked;  /* for a source */
	size_t host_listed; /* its addresses */
	size_t host_forgotten;
	size_t attempts_started;
	size_t polls;             /* looks at all attempts */
	size_t attempts_open;     /* neither released nor taken */
	size_t attempts_live;     /* not released */
	size_t released;          /* parts of the world let go of, of 4 */
	uint16_t source_port;     /* asked for by the last attempt */
	char text[FAKE_TEXT_MAX]; /* "6a 10, 4a<4s 260": the starts */
	size_t text_from;         /* the first attempt that it names */
	bool quiet;               /* nothing is added to the text */
	bool refused;             /* the last start, for lack of a descriptor */
	monotime_t progress; /* the last time anything else than that was */

	struct timer timer;
	struct resolver resolver;
	struct attempt_provider provider;
	struct host surroundings;
	struct attempt **list; /* all attempts, by number */
	size_t capacity;
	size_t first_live; /* none before this one is live */
	resolver_cb answer_cb;
	void *answer_arg;
};

/* Makes an empty world: no answers, every attempt a black hole. */
void fake_world_init(struct fake_world *world);

/* Fails the test unless the connector has let go of everything. */
void fake_world_release(struct fake_world *world);

/* Returns the surroundings to hand to connector_new(). */
struct connector_env fake_world_env(struct fake_world *world);

/* Lets one thing happen. Returns false when nothing ever will. */
bool fake_world_step(struct fake_world *world);

/* Tells the end of one attempt that has ended by now. Returns whether it did.
 */
bool fake_world_tell_attempt(struct fake_world *world);

/* Returns the descriptor that attempt `number` has. */
int fake_world_fd(size_t number);

#endif
