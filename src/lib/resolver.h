/* SPDX-License-Identifier: ISC */
/*
 * resolver.h: what the connector asks of what turns names into addresses.
 *
 * A lookup asks for the addresses of one name and is answered for each family
 * that is asked for, in any order, AAAA having been asked first (RFC 8305
 * section 3).
 * The addresses of both families are those of one and the same name, although
 * the name as it was given may stand for several (/etc/hosts, search domains).
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
	RESOLVER_BOTH,         /* AAAA and A side by side: an answer each, or
				  one for both */
	RESOLVER_BOTH_TOGETHER /* one question, one answer of AF_UNSPEC */
};

struct resolver_question {
	const char *name;
	uint16_t port; /* put into the addresses; host byte order */
	enum resolver_families families;
	/*
	 * With RESOLVER_BOTH: how long AAAA is still waited for when there is
	 * no such name for A and another name may be meant; microseconds.
	 */
	int64_t grace;
	struct hecat_connector *connector; /* that asks */
};

/*
 * One answer. Without an error there is at least one address, or there were
 * some in an earlier answer. What it points to is valid during the callback,
 * until the lookup is cancelled.
 */
struct resolver_answer {
	int family;       /* AF_INET6, AF_INET, or AF_UNSPEC for both */
	int error;        /* 0, or EAI_* */
	int system_error; /* errno with EAI_SYSTEM */
	bool more;        /* others of the family will follow */
	bool blocking;    /* the lookup blocked its caller */
	const char *name; /* that was asked; NULL: as it was given */
	const struct address *addresses;
	size_t count;
	const char *text;             /* of the resolver; NULL: none */
	const struct address *server; /* that has answered; NULL: not known */
	bool has_ttl;
	unsigned ttl; /* seconds */
};

/*
 * Called from the event loop, never from inside resolver_start(), once for
 * each answer. The lookup may be cancelled inside.
 */
typedef void (*resolver_cb)(const struct resolver_answer *answer, void *arg);

struct resolver_request;

struct resolver;

/* What a resolver does. */
struct resolver_ops {
	/*
	 * Starts a lookup; `question` is copied. Returns NULL, with errno set,
	 * when that is impossible.
	 */
	struct resolver_request *(*start)(struct resolver *resolver,
	    const struct resolver_question *question, resolver_cb cb,
	    void *arg);
	/*
	 * Ends a lookup, answered or not, and frees it: no callback comes after
	 * this. Never blocks.
	 */
	void (*cancel)(struct resolver_request *lookup);
	/* Frees the resolver; its lookups have been cancelled. */
	void (*release)(struct resolver *resolver);
};

/* An implementation has it as a member (container.h). */
struct resolver {
	const struct resolver_ops *ops;
};

struct event_base;
struct hecat_resolver_methods;

/* Returns whether `methods` is one that can be used. */
bool resolver_methods_are_valid(const struct hecat_resolver_methods *methods);

/*
 * Returns a resolver that asks the caller's, by its methods, and passes its
 * answers on from `base`; NULL when out of memory.
 */
struct resolver *resolver_custom_new(struct event_base *base,
    const struct hecat_resolver_methods *methods, void *arg);

/*
 * Returns a resolver that asks the system, getaddrinfo(3), in one thread per
 * family, and answers on `base`; NULL when out of memory. A thread that hangs
 * holds up nothing but itself. The threads are those of thread_pool.h; where
 * there is none at all the lookup blocks its caller, and the answer is marked
 * `blocking`.
 *
 * A lookup takes one descriptor (two where there is no eventfd(2)) until its
 * last answer is delivered. In a child of fork(2) the lookups of its parent are
 * not answered, and may be cancelled.
 */
struct resolver *resolver_system_new(struct event_base *base);

/* How far AAAA is ahead of A, unless it is answered sooner. */
#define RESOLVER_SYSTEM_HEAD_START_US 1000

#endif
