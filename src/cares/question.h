/* SPDX-License-Identifier: ISC */
/*
 * question.h: one name, asked for in one family, of one server after the other.
 *
 * The servers are asked in order, and those that were silent once more in each
 * round. An address, "no address" and "no such name" end the question; after
 * anything else the next server is asked, and the last one says why there is
 * no answer.
 *
 * The life of one: question_new(); the callback, once, from the event loop;
 * question_free(), at any time, inside the callback, too. The result is valid
 * until then.
 */
#ifndef CARES_QUESTION_H
#define CARES_QUESTION_H

#include <event2/util.h>

#include "servers.h"

/* Bytes that hold every reason, with its NUL. */
#define QUESTION_TEXT_MAX 160

struct question_result {
	int error; /* EAI_*; 0: there are addresses */
	int system_error;
	char text[QUESTION_TEXT_MAX]; /* why there are none; "": with them */
	const struct cares_server *server; /* that has answered; NULL: none */
	struct evutil_addrinfo *addresses;
	bool has_ttl;
	unsigned ttl;
};

/* How servers are asked. */
struct question_settings {
	const struct cares_server *servers;
	size_t server_count;
	monotime_t timeout; /* of one query */
	unsigned tries;     /* of each server */
	size_t first;       /* the server that is asked first */
};

struct event_base;
struct question;

typedef void (*question_cb)(struct question *question, void *arg);

/*
 * Asks for the addresses of `family`. Of the settings `first` alone
 * may change as long as the question lives; the name is not copied. Returns
 * NULL when out of memory.
 */
struct question *question_new(struct event_base *base,
    const struct question_settings *settings, const char *name, int family,
    question_cb cb, void *arg);
void question_free(struct question *question);

/* Returns the result; NULL: there is none yet. */
const struct question_result *question_get_result(
    const struct question *question);

#endif
