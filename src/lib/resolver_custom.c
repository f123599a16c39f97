/* SPDX-License-Identifier: ISC */
/*
 * A resolver of the caller's own (hecat_config_set_resolver()).
 *
 * Wherever the caller gives its answers, they are copied, and passed on from
 * the event loop, one in each pass.
 */
#include <sys/queue.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "container.h"
#include "gai_error.h"
#include "hecat.h"
#include "resolver.h"

struct custom_resolver {
	struct resolver resolver;
	struct event_base *base;
	const struct hecat_resolver_methods *methods;
	void *arg;
};

/* A copy of an answer, with what it points to. */
struct answer {
	STAILQ_ENTRY(answer) entry;
	struct resolver_answer content;
	struct address *addresses;
	struct address server;
	char *name;
	char *text;
};

STAILQ_HEAD(answer_queue, answer);

struct hecat_lookup {
	struct custom_resolver *resolver;
	enum resolver_families families;
	char *name;
	uint16_t port;
	struct hecat_connector *connector;
	bool wants_ipv6; /* the last answer with this family is out */
	bool wants_ipv4;
	bool has_ipv6; /* addresses of it were in an answer */
	bool has_ipv4;
	struct answer_queue answers; /* to pass on */
	struct answer *joined; /* of RESOLVER_BOTH_TOGETHER, to be passed on as
				  one; NULL: none yet */
	bool has_lost;         /* an answer, for lack of memory, */
	int lost_family;       /* with this family */
	struct event *deliver;
	void *data;
	resolver_cb cb;
	void *arg;
};

/* The name that the connector knows a lookup by. */
struct resolver_request {
	struct hecat_lookup lookup;
};

static void
answer_free(struct answer *answer)
{
	if (answer == NULL)
		return;
	free(answer->addresses);
	free(answer->name);
	free(answer->text);
	free(answer);
}

/* Copies `text`, NULL as NULL. Returns false when out of memory. */
static bool
copy_text(char **copy, const char *text)
{
	*copy = text == NULL ? NULL : strdup(text);
	return (text == NULL || *copy != NULL);
}

/* Returns whether the lookup asks for addresses of this family. */
static bool
lookup_wants_family(const struct hecat_lookup *lookup, int family)
{
	return (family == AF_INET ? lookup->families != RESOLVER_IPV6
				  : lookup->families != RESOLVER_IPV4);
}

/* Appends those of `list` that are wanted; there is room for them. */
static void
answer_append(struct answer *answer, struct hecat_lookup *lookup,
    const struct evutil_addrinfo *list)
{
	for (; list != NULL; list = list->ai_next) {
		struct address *next =
		    &answer->addresses[answer->content.count];

		if (!address_from_sockaddr(
			next, list->ai_addr, (socklen_t)list->ai_addrlen) ||
		    !lookup_wants_family(lookup, address_family(next)))
			continue;
		if (address_port(next) == 0)
			address_set_port(next, lookup->port);
		answer->content.count++;
		if (address_family(next) == AF_INET)
			lookup->has_ipv4 = true;
		else
			lookup->has_ipv6 = true;
	}
}

/* Makes room for the addresses of `list` behind those that are there. */
static bool
answer_reserve(struct answer *answer, const struct evutil_addrinfo *list)
{
	size_t count = answer->content.count;
	struct address *longer;

	for (; list != NULL; list = list->ai_next)
		count++;
	if (count == 0)
		return (true);
	longer = realloc(answer->addresses, count * sizeof(*longer));
	if (longer == NULL)
		return (false);
	answer->addresses = longer;
	answer->content.addresses = longer;
	return (true);
}

/* Returns a copy of `given`; NULL when out of memory. */
static struct answer *
answer_new(struct hecat_lookup *lookup, const struct hecat_answer *given)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	if (answer == NULL)
		return (NULL);
	answer->content = (struct resolver_answer){
		.family = given->family,
		.error = given->error,
		.system_error = given->system_error,
		.more = given->more != 0,
		.has_ttl = given->has_ttl != 0,
		.ttl = given->ttl,
	};
	if (!answer_reserve(answer, given->addresses) ||
	    !copy_text(&answer->name, given->name) ||
	    !copy_text(&answer->text, given->text)) {
		answer_free(answer);
		return (NULL);
	}
	answer_append(answer, lookup, given->addresses);
	answer->content.name = answer->name;
	answer->content.text = answer->text;
	answer->server = address_copy(given->server);
	if (answer->server.length > 0)
		answer->content.server = &answer->server;
	return (answer);
}

/* Returns whether all the addresses are of a family that is known. */
static bool
list_is_valid(const struct evutil_addrinfo *list)
{
	struct address address;

	for (; list != NULL; list = list->ai_next)
		if (list->ai_addr == NULL ||
		    !address_from_sockaddr(
			&address, list->ai_addr, (socklen_t)list->ai_addrlen))
			return (false);
	return (true);
}

/* Returns whether an answer with `family` is out. */
static bool
lookup_is_out(const struct hecat_lookup *lookup, int family)
{
	switch (family) {
	case AF_INET:
		return (lookup->wants_ipv4);
	case AF_INET6:
		return (lookup->wants_ipv6);
	case AF_UNSPEC:
		return (lookup->wants_ipv4 || lookup->wants_ipv6);
	default:
		return (false);
	}
}

static bool
answer_is_valid(
    const struct hecat_lookup *lookup, const struct hecat_answer *given)
{
	return (given != NULL && given->size >= sizeof(*given) &&
	    lookup_is_out(lookup, given->family) &&
	    (given->error == 0 || given->addresses == NULL) &&
	    list_is_valid(given->addresses));
}

/* Notes that the last answer with `family` is there. */
static void
lookup_settle(struct hecat_lookup *lookup, int family)
{
	if (family != AF_INET)
		lookup->wants_ipv6 = false;
	if (family != AF_INET6)
		lookup->wants_ipv4 = false;
}

static void
lookup_push(struct hecat_lookup *lookup, struct answer *answer)
{
	STAILQ_INSERT_TAIL(&lookup->answers, answer, entry);
	event_active(lookup->deliver, EV_TIMEOUT, 0);
}

/* An answer for all that is out is one for the family that is. */
static int
family_left(const struct hecat_lookup *lookup, int family)
{
	if (family != AF_UNSPEC || (lookup->wants_ipv6 && lookup->wants_ipv4))
		return (family);
	return (lookup->wants_ipv6 ? AF_INET6 : AF_INET);
}

/* That there are no addresses at all is an error. */
static void
answer_conclude(struct answer *answer, const struct hecat_lookup *lookup)
{
	struct resolver_answer *content = &answer->content;
	int family = content->family;

	if (content->error == 0 && content->count == 0 && !content->more &&
	    !(family != AF_INET && lookup->has_ipv6) &&
	    !(family != AF_INET6 && lookup->has_ipv4))
		content->error = GAI_ERROR_NO_DATA;
}

/* Whether `error` says more of a lookup than `other` does. */
static bool
is_stronger(int error, int other)
{
	return (error != 0 &&
	    (other == 0 ||
		(gai_error_is_failure(error) && !gai_error_is_failure(other))));
}

/* Adds `given` to what is passed on in the end. */
static bool
lookup_join(struct hecat_lookup *lookup, const struct hecat_answer *given)
{
	struct answer *joined = lookup->joined;
	char *text = NULL;

	if (joined == NULL) {
		joined = answer_new(lookup, given);
		lookup->joined = joined;
		return (joined != NULL);
	}
	if (!answer_reserve(joined, given->addresses) ||
	    !copy_text(&text, given->text))
		return (false);
	answer_append(joined, lookup, given->addresses);
	if (is_stronger(given->error, joined->content.error)) {
		joined->content.error = given->error;
		joined->content.system_error = given->system_error;
		free(joined->text);
		joined->text = text;
		joined->content.text = text;
	} else {
		free(text);
	}
	return (true);
}

/* Passes on what was joined, once all of it is there. */
static void
lookup_push_joined(struct hecat_lookup *lookup)
{
	struct answer *joined = lookup->joined;

	if (lookup_is_out(lookup, AF_UNSPEC))
		return;
	joined->content.family = AF_UNSPEC;
	joined->content.more = false;
	if (joined->content.count > 0) {
		joined->content.error = 0;
		joined->content.text = NULL;
	}
	answer_conclude(joined, lookup);
	lookup->joined = NULL;
	lookup_push(lookup, joined);
}

/* Takes a copy of `given` to pass on. Returns false when out of memory. */
static bool
lookup_take(struct hecat_lookup *lookup, const struct hecat_answer *given)
{
	struct answer *answer;

	if (lookup->families == RESOLVER_BOTH_TOGETHER) {
		if (!lookup_join(lookup, given))
			return (false);
		lookup_push_joined(lookup);
		return (true);
	}
	answer = answer_new(lookup, given);
	if (answer == NULL)
		return (false);
	answer_conclude(answer, lookup);
	lookup_push(lookup, answer);
	return (true);
}

int
hecat_lookup_answer(
    struct hecat_lookup *lookup, const struct hecat_answer *given)
{
	struct hecat_answer answer;

	if (lookup == NULL || !answer_is_valid(lookup, given)) {
		errno = EINVAL;
		return (-1);
	}
	answer = *given;
	answer.family = family_left(lookup, given->family);
	lookup->lost_family = lookup->families == RESOLVER_BOTH_TOGETHER
	    ? AF_UNSPEC
	    : family_left(lookup, AF_UNSPEC);
	if (!answer.more)
		lookup_settle(lookup, answer.family);
	if (lookup_take(lookup, &answer))
		return (0);
	/* What is lost is not waited for, nor what is out. */
	lookup->has_lost = true;
	lookup_settle(lookup, AF_UNSPEC);
	event_active(lookup->deliver, EV_TIMEOUT, 0);
	errno = ENOMEM;
	return (-1);
}

/* Returns the next answer to pass on; NULL: memory lacked for what follows. */
static struct answer *
lookup_pop(struct hecat_lookup *lookup)
{
	struct answer *answer = STAILQ_FIRST(&lookup->answers);

	if (answer != NULL)
		STAILQ_REMOVE_HEAD(&lookup->answers, entry);
	if (!STAILQ_EMPTY(&lookup->answers) ||
	    (answer != NULL && lookup->has_lost))
		event_active(lookup->deliver, EV_TIMEOUT, 0);
	return (answer);
}

static void
lookup_on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct hecat_lookup *lookup = arg;
	struct answer *answer = lookup_pop(lookup);
	const struct resolver_answer lost = {
		.family = lookup->lost_family,
		.error = EAI_MEMORY,
	};

	(void)fd;
	(void)what;
	/* The lookup may be cancelled inside. */
	lookup->cb(answer == NULL ? &lost : &answer->content, lookup->arg);
	answer_free(answer);
}

static void
lookup_free(struct hecat_lookup *lookup)
{
	struct answer *answer;

	while ((answer = STAILQ_FIRST(&lookup->answers)) != NULL) {
		STAILQ_REMOVE_HEAD(&lookup->answers, entry);
		answer_free(answer);
	}
	answer_free(lookup->joined);
	if (lookup->deliver != NULL)
		event_free(lookup->deliver);
	free(lookup->name);
	free(container_of(lookup, struct resolver_request, lookup));
}

/* Returns NULL when out of memory. */
static struct hecat_lookup *
lookup_new(struct custom_resolver *resolver,
    const struct resolver_question *question, resolver_cb cb, void *arg)
{
	struct resolver_request *request = calloc(1, sizeof(*request));
	struct hecat_lookup *lookup;

	if (request == NULL)
		return (NULL);
	lookup = &request->lookup;
	*lookup = (struct hecat_lookup){
		.resolver = resolver,
		.families = question->families,
		.port = question->port,
		.connector = question->connector,
		.cb = cb,
		.arg = arg,
	};
	STAILQ_INIT(&lookup->answers);
	lookup->wants_ipv6 = lookup_wants_family(lookup, AF_INET6);
	lookup->wants_ipv4 = lookup_wants_family(lookup, AF_INET);
	lookup->name = strdup(question->name);
	lookup->deliver = evtimer_new(
	    resolver->base, lookup_on_deliver, lookup);
	if (lookup->name != NULL && lookup->deliver != NULL)
		return (lookup);
	lookup_free(lookup);
	return (NULL);
}

static struct resolver_request *
custom_start(struct resolver *resolver,
    const struct resolver_question *question, resolver_cb cb, void *arg)
{
	struct custom_resolver *self = container_of(
	    resolver, struct custom_resolver, resolver);
	struct hecat_lookup *lookup = lookup_new(self, question, cb, arg);
	int error;

	if (lookup == NULL) {
		errno = ENOMEM;
		return (NULL);
	}
	error = self->methods->start(lookup, self->arg);
	if (error == 0)
		return (container_of(lookup, struct resolver_request, lookup));
	lookup_free(lookup);
	errno = error;
	return (NULL);
}

static void
custom_cancel(struct resolver_request *request)
{
	struct hecat_lookup *lookup = &request->lookup;
	const struct custom_resolver *resolver = lookup->resolver;

	/* What cancel() answers is of no use any more. */
	if (lookup_is_out(lookup, AF_UNSPEC)) {
		lookup_settle(lookup, AF_UNSPEC);
		resolver->methods->cancel(lookup, resolver->arg);
	}
	lookup_free(lookup);
}

static void
custom_release(struct resolver *resolver)
{
	free(container_of(resolver, struct custom_resolver, resolver));
}

static const struct resolver_ops custom_ops = {
	.start = custom_start,
	.cancel = custom_cancel,
	.release = custom_release,
};

bool
resolver_methods_are_valid(const struct hecat_resolver_methods *methods)
{
	return (methods->size >= sizeof(*methods) && methods->start != NULL &&
	    methods->cancel != NULL);
}

struct resolver *
resolver_custom_new(struct event_base *base,
    const struct hecat_resolver_methods *methods, void *arg)
{
	struct custom_resolver *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->resolver.ops = &custom_ops;
	self->base = base;
	self->methods = methods;
	self->arg = arg;
	return (&self->resolver);
}

const char *
hecat_lookup_get_name(const struct hecat_lookup *lookup)
{
	return (lookup->name);
}

int
hecat_lookup_get_family(const struct hecat_lookup *lookup)
{
	if (lookup->families == RESOLVER_IPV6)
		return (AF_INET6);
	return (lookup->families == RESOLVER_IPV4 ? AF_INET : AF_UNSPEC);
}

struct event_base *
hecat_lookup_get_base(const struct hecat_lookup *lookup)
{
	return (lookup->resolver->base);
}

struct hecat_connector *
hecat_lookup_get_connector(const struct hecat_lookup *lookup)
{
	return (lookup->connector);
}

void
hecat_lookup_set_data(struct hecat_lookup *lookup, void *data)
{
	lookup->data = data;
}

void *
hecat_lookup_get_data(const struct hecat_lookup *lookup)
{
	return (lookup->data);
}
