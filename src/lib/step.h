/* SPDX-License-Identifier: ISC */
/*
 * step.h: the step that an attempt goes on with once it has TCP, as
 * hecat_config_set_step() asks for it: TLS, a greeting, a proxy.
 *
 * The life of a step: step_new(); step_begin(); then it ends once, which
 * step_begin() or step_poll() return, or else the callback reports, from the
 * event loop: wherever its owner ends it, nothing follows from inside of that.
 * step_free(), at any time. The descriptor is the attempt's.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>

#include "address.h"
#include "hecat.h"

/* Bytes that hold why a step failed, with the NUL; what is longer is cut. */
#define STEP_TEXT_MAX 256

/* What a step is about. */
struct step_request {
	const struct hecat_step_methods *methods;
	void *arg; /* of the methods */
	struct hecat_connector *connector;
	struct event_base *base;
	size_t attempt; /* its number */
	struct address address;
	/* Whether the connect goes on: no method but cancel is called else. */
	bool (*is_wanted)(const struct hecat_connector *connector);
};

enum step_state {
	STEP_NEW,
	STEP_RUNNING,
	STEP_SUCCEEDED, /* with `fd` or `bufferevent` */
	STEP_FAILED,    /* with `error` and `text` */
	STEP_CANCELLED
};

/* Reports that a step has ended; it may be freed inside. */
typedef void (*step_cb)(void *arg);

struct hecat_step {
	struct step_request request;
	enum step_state state;
	struct event *ended; /* reports the end, from the loop */
	int fd;
	struct bufferevent *bufferevent; /* in the place of the descriptor */
	int error;                       /* errno; 0: none */
	char text[STEP_TEXT_MAX];
	void *data; /* of the methods */
	step_cb cb;
	void *cb_arg;
};

/* Returns NULL when out of memory. */
struct hecat_step *step_new(
    const struct step_request *request, step_cb cb, void *arg);

/* Begins with the connected `fd`. Returns whether the step has ended. */
bool step_begin(struct hecat_step *step, int fd);

/* Tries whether the step can end now. Returns whether it has ended. */
bool step_poll(struct hecat_step *step);

/* Returns whether `methods` is one that can be used. */
bool step_methods_are_valid(const struct hecat_step_methods *methods);

/* Frees a bufferevent that a step ended with; NULL is nothing. */
void step_free_bufferevent(struct bufferevent *bufferevent);

/* Cancels the step if it runs, and frees it with a bufferevent left in it. */
void step_free(struct hecat_step *step);

#endif
