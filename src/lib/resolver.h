/* SPDX-License-Identifier: ISC */
/*
 * resolver.h: what the connector asks of whoever turns names into addresses.
 *
 * A lookup asks for the addresses of one name and is answered once per family
 * asked for, in any order, AAAA having been asked first (RFC 8305 section 3).
 * A resolver knows nothing of ordering, delays or sockets.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"

enum resolver_families {
	RESOLVER_IPV6,         /* AAAA: one answer */
	RESOLVER_IPV4,         /* A: one answer */
	RESOLVER_BOTH,         /* AAAA and A side by side: an answer each */
	RESOLVER_BOTH_TOGETHER /* one question, one answer of AF_UNSPEC */
};

struct resolver_question {
	const char *name;
	uint16_t port; /* put into the addresses; host byte order */
	enum resolver_families families;
};

/* One answer. Without an error there is at least one address. */
struct resolver_answer {
	int family;       /* AF_INET6, AF_INET, or AF_UNSPEC for both */
	int error;        /* 0, or EAI_* */
	int system_error; /* errno with EAI_SYSTEM */
	bool in_place;    /* the lookup blocked its caller */
	const struct address *addresses; /* valid during the callback */
	size_t count;
};

/*
 * Called from the event loop, never from inside resolver_start(), once for
 * each answer. The lookup may be cancelled inside.
 */
typedef void (*resolver_cb)(const struct resolver_answer *answer, void *arg);

struct lookup;

/* A resolver is a struct that begins with this one. */
struct resolver {
	/*
	 * Starts a lookup; `question` is copied. Returns NULL, with errno set,
	 * when that is impossible.
	 */
	struct lookup *(*start)(struct resolver *resolver,
	    const struct resolver_question *question, resolver_cb cb,
	    void *arg);
	/*
	 * Ends a lookup, answered or not, and frees it: no callback comes after
	 * this. Never blocks.
	 */
	void (*cancel)(struct lookup *lookup);
	/* Frees the resolver; its lookups have been cancelled. */
	void (*release)(struct resolver *resolver);
};

struct event_base;

/*
 * Returns a resolver that asks the system, getaddrinfo(3), in one thread per
 * family, and answers on `base`; NULL when out of memory. A thread that hangs
 * holds up nothing but itself. The threads are those of thread_pool.h; where
 * none can be made the lookup runs in place, and the answer says so.
 */
struct resolver *resolver_system_new(struct event_base *base);

/* How far AAAA is ahead of A, unless it is answered sooner. */
#define RESOLVER_SYSTEM_HEAD_START_US 1000

#endif
