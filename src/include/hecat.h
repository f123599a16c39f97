/* SPDX-License-Identifier: ISC */
/*
 * hecat.h: connect to a host by Happy Eyeballs (RFC 8305), on libevent.
 *
 * The public header of libhecat. A connector is the other side of libevent's
 * evconnlistener: it looks up a host, races connection attempts to its
 * addresses, and hands over one connected socket, or the reason why there is
 * none.
 *
 *	struct hecat_config config;
 *
 *	hecat_config_init(&config);
 *	config.host = "example.com";
 *	config.port = 443;
 *	connector = hecat_connector_new(
 *	    base, &config, on_connected, on_failed, arg);
 *
 * The life of a connector: hecat_connector_new(), then exactly one of the two
 * callbacks, then hecat_connector_free(). hecat_connector_cancel() and
 * hecat_connector_free() may come at any time, inside every callback, the
 * observer's too: none of the two callbacks follows then. Nothing is called
 * before hecat_connector_new() has returned, and nothing after
 * hecat_connector_free().
 *
 * The library never prints, never exits, keeps no state between connectors
 * but a pool of threads for lookups, and leaves signals alone. Use each
 * connector from the thread that runs its event base. Give that base
 * EVENT_BASE_FLAG_PRECISE_TIMER: other timers may be 6 ms late.
 *
 * Where there is no descriptor for a lookup or an attempt, the connector keeps
 * what runs and asks again: when an attempt ends, and every 100 ms, as others
 * in the process may close theirs. That goes on within the time budget.
 *
 * A lookup cannot be interrupted: it may outlive its connector, in a thread
 * that frees it, and holds up no other one. In a child of fork(2) connectors
 * may be made; those of the parent are not answered there and may be freed,
 * after event_reinit() of their base.
 *
 * Durations are microseconds. Times are microseconds on CLOCK_MONOTONIC.
 */
#ifndef HECAT_H
#define HECAT_H

#include <sys/socket.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hecat_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct hecat_connector;

/* A duration that never ends. */
#define HECAT_FOREVER INT64_MAX

/* RFC 8305 section 8: recommended 250 ms, never under 10 ms. */
#define HECAT_CONNECTION_ATTEMPT_DELAY_DEFAULT 250000
#define HECAT_CONNECTION_ATTEMPT_DELAY_MIN     10000
/* RFC 8305 section 8: 50 ms. */
#define HECAT_RESOLUTION_DELAY_DEFAULT 50000
/* RFC 8305 section 8: 1, or 2 to favour a family. */
#define HECAT_FIRST_ADDRESS_FAMILY_COUNT_DEFAULT 1

/*
 * One thing that happened. Only the members named with its type are set;
 * everything pointed to is valid during the callback alone.
 */
struct hecat_event {
	enum hecat_event_type type;
	int64_t time;
	int family;       /* AF_INET6, AF_INET; AF_UNSPEC: both in one lookup */
	int error;        /* ATTEMPT_ENDED: errno or 0; OUT_OF_DESCRIPTORS:
			     errno; ANSWER: EAI_* or 0 */
	int system_error; /* ANSWER: errno with EAI_SYSTEM */
	bool lookup;      /* OUT_OF_DESCRIPTORS: not an attempt is put off */
	bool blocking;    /* ANSWER: the lookup blocked the event loop */
	size_t count;     /* ANSWER: number of addresses */
	const char *name; /* ANSWER: the name that was asked where it is not
			     `host` as given, but one in a search domain */
	size_t turn;      /* CANDIDATE: from 0 */
	unsigned rule;    /* CANDIDATE: of RFC 6724 section 6, that put it
			     behind its predecessor; 0: none */
	size_t attempt;   /* ATTEMPT_*: from 0, in the order of start */
	enum hecat_cause cause;          /* ATTEMPT_STARTED */
	enum hecat_outcome outcome;      /* ATTEMPT_ENDED */
	const struct sockaddr *address;  /* CANDIDATE, SKIPPED, ATTEMPT_*,
					    and ENDED with a winner */
	const struct sockaddr *source;   /* ATTEMPT_*: bound to or used; NULL:
					    not known */
	const struct sockaddr *offender; /* ATTEMPT_ENDED: sender of the ICMP
					    error; NULL: not known */
	int64_t established; /* ATTEMPT_ENDED: when TCP was found connected;
				HECAT_FOREVER: it was not */
	int64_t rtt;         /* ATTEMPT_ENDED: of the handshake; -1: none */
	unsigned retransmissions; /* ATTEMPT_ENDED: of the SYN */
	enum hecat_error result;  /* ENDED: 0: connected */
};

/*
 * Observes a connect; called in the order of events, from the event loop or
 * from inside hecat_connector_cancel(). It may cancel and free the connector.
 */
typedef void (*hecat_observer_cb)(const struct hecat_event *event, void *arg);

/*
 * What to connect to and how. hecat_config_init() fills in the defaults, to
 * which members added by later versions belong too. hecat_connector_new()
 * copies all it needs.
 */
struct hecat_config {
	/* A name, or a literal: IPv4 in any form of inet_aton(3), "v6",
	   "[v6]", "v6%zone". Here and in the arrays below a link-local address
	   without a zone gets that of the one interface that has such an
	   address; where there are several its attempt fails with EINVAL. */
	const char *host;
	uint16_t port; /* 1 to 65535, host byte order */
	int family;    /* AF_UNSPEC (default), AF_INET or AF_INET6 */

	/* Connection Attempt Delay: HECAT_CONNECTION_ATTEMPT_DELAY_MIN and
	   more, HECAT_FOREVER: one attempt at a time, 0: all at once. */
	int64_t connection_attempt_delay;
	/* How long the addresses of one family wait for an answer of the other
	   that could lead; 0: not at all, HECAT_FOREVER: until it comes. */
	int64_t resolution_delay;
	size_t first_address_family_count; /* 1 and more */
	enum hecat_order order;
	int preferred_family; /* leads; AF_UNSPEC (default): RFC 6724 */

	enum hecat_success success;
	int64_t success_open; /* HECAT_SUCCESS_OPEN: more than 0 */

	int64_t timeout; /* for all, from hecat_connector_new() on */
	int64_t attempt_timeout;

	/* Connect to these instead of looking up `host`; ports are ignored. */
	const struct sockaddr_storage *addresses;
	size_t address_count;

	/* Bind attempts to these, each to those of its family, in turn. */
	const struct sockaddr_storage *sources;
	size_t source_count;
	uint16_t source_port; /* 0: any */

	hecat_observer_cb observer; /* NULL: none */
	void *observer_arg;
};

/*
 * Hands over the connected socket `fd`: non-blocking, close-on-exec, with
 * TCP_NODELAY, and from here on the callee's to close. Every other attempt has
 * been closed.
 */
typedef void (*hecat_connected_cb)(
    struct hecat_connector *connector, int fd, void *arg);

typedef void (*hecat_failed_cb)(
    struct hecat_connector *connector, enum hecat_error error, void *arg);

/* Fills *config with the defaults of RFC 8305. */
void hecat_config_init(struct hecat_config *config);

/*
 * Starts to connect. Returns NULL with errno EINVAL when `config` is out of
 * its bounds, ENOMEM when out of memory.
 */
struct hecat_connector *hecat_connector_new(struct event_base *base,
    const struct hecat_config *config, hecat_connected_cb connected,
    hecat_failed_cb failed, void *arg);

/*
 * Gives up a connect that is under way: the observer gets the end of every
 * attempt that runs, then HECAT_EVENT_ENDED, and no callback follows. Inside a
 * callback these events come when that has returned. Does nothing to a connect
 * that has ended (NULL: likewise). The connector is still to be freed.
 */
void hecat_connector_cancel(struct hecat_connector *connector);

/*
 * Ends and frees a connector (NULL: nothing); a connect still under way is
 * dropped, and nothing is observed of it any more. Inside a callback its
 * sockets and its memory go when that has returned.
 */
void hecat_connector_free(struct hecat_connector *connector);

/* Returns the version of the library, "major.minor.patch". */
const char *hecat_get_version(void);

/* The same as a number, as HECAT_VERSION_NUMBER has it. */
unsigned hecat_get_version_number(void);

#ifdef __cplusplus
}
#endif

#endif
