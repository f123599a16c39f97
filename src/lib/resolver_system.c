/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver: getaddrinfo(3), which follows nsswitch.conf, in
 * threads of the pool that report to the event loop through a wake-up.
 *
 * A lookup is worked on by askers, a thread each: at first one for each family
 * asked for. The one that runs first makes the plan. Then each puts the
 * questions that the plan has for its family, one after the other, until there
 * is none.
 *
 * getaddrinfo cannot be interrupted. So a lookup is shared by its owner and its
 * askers, and the last one to let go frees it: an owner that cancels leaves at
 * once, and an asker that hangs hangs alone. Where a walk goes on without the
 * answer that one waits for, another asker takes its place.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "descriptor.h"
#include "lookup_plan.h"
#include "resolver.h"
#include "thread_pool.h"
#include "wakeup.h"
#include "walk.h"

/* How often the outcomes are checked without a wake-up. */
#define LOST_WAKEUP_CHECK_S 1

#ifndef AI_IDN
#define AI_IDN 0
#endif

/* How long A waits for a thread to ask for AAAA first. */
#define HEAD_START_WAIT_MAX (10 * MONOTIME_PER_MS)

#define SIDES 2 /* of a lookup, by enum walk_family */

/* What getaddrinfo answered. */
struct result {
	int error;
	int system_error;
	struct address *addresses;
	size_t count;
};

/* What is delivered to the owner, of one family or of both. */
struct outcome {
	int family;
	struct result result;
	const char *name; /* absolute; NULL: as typed */
};

/* One call of getaddrinfo. */
struct question {
	int family;
	const char *name;
	size_t step; /* of a walk */
};

/* What works on a lookup, in a thread. */
struct asker {
	struct thread_job job; /* first: an asker is its job */
	struct resolver_request *request;
	enum walk_family side;
	bool blocking; /* there is no thread: it runs in the event loop */
};

/* The questions for one family. */
struct side {
	unsigned coming; /* askers that will still see what is to be asked */
	bool queued;     /* the last of them waits for a thread */
	size_t begun;    /* the number of questions that were begun, */
	size_t ended;    /* and that were answered */
	monotime_t begun_at;  /* the last one */
	struct result result; /* the last one that counts in a walk */
	bool published;
};

struct resolver_request {
	pthread_mutex_t lock;   /* over all that is not constant below */
	pthread_cond_t changed; /* it is cancelled, or any of this changed */
	unsigned references;    /* the owner's and one for each asker */
	bool cancelled;         /* the owner is gone */
	bool blocked;           /* a part of it ran in the event loop */
	struct wakeup wakeup;   /* there is an outcome to deliver */
	struct outcome outcomes[SIDES];
	size_t published; /* of them */
	size_t delivered;
	bool complete; /* all are published */

	enum { PLAN_NONE, PLAN_BEING_MADE, PLAN_MADE } planning;
	struct lookup_plan plan; /* constant once it is made */
	struct walk walk;
	bool asked_together; /* of a plan for one lookup */
	struct side sides[SIDES];

	enum resolver_families families; /* constant, as is all below */
	pid_t process;                   /* the owner's */
	char *name;
	uint16_t port;
	monotime_t grace;
	struct event *readable; /* the owner's alone, as is all below */
	resolver_cb cb;
	void *arg;
};

struct system_resolver {
	struct resolver resolver;
	struct event_base *base;
};

static int
family_of(enum walk_family side)
{
	return (side == WALK_IPV6 ? AF_INET6 : AF_INET);
}

static void
result_release(struct result *result)
{
	free(result->addresses);
	*result = (struct result){ .error = 0 };
}

/* errno stays, for a caller that gives up. */
static void
request_free(struct resolver_request *request)
{
	int error = errno;

	for (size_t i = 0; i < SIDES; i++) {
		result_release(&request->sides[i].result);
		result_release(&request->outcomes[i].result);
	}
	lookup_plan_release(&request->plan);
	wakeup_release(&request->wakeup);
	pthread_cond_destroy(&request->changed);
	pthread_mutex_destroy(&request->lock);
	free(request->name);
	free(request);
	errno = error;
}

/* Drops one reference. */
static void
request_unref(struct resolver_request *request)
{
	bool last;

	pthread_mutex_lock(&request->lock);
	last = --request->references == 0;
	pthread_mutex_unlock(&request->lock);
	if (last)
		request_free(request);
}

/* Copies the addresses of `list`. Returns false when out of memory. */
static bool
result_keep(struct result *result, const struct addrinfo *list, uint16_t port)
{
	size_t count = 0;

	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		count++;
	if (count == 0)
		return (true);
	result->addresses = calloc(count, sizeof(*result->addresses));
	if (result->addresses == NULL)
		return (false);
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		struct address *address = &result->addresses[result->count];

		if (!address_from_sockaddr(
			address, ai->ai_addr, ai->ai_addrlen))
			continue;
		address_set_port(address, port);
		result->count++;
	}
	return (true);
}

/*
 * Corrects an answer that is wrong for lack of descriptors or memory: what a
 * module of glibc cannot open for that reason becomes "no such name" or "try
 * again" there, and only errno shows it. Without a descriptor for /etc/hosts an
 * address may be found that the file would have replaced.
 */
static void
correct_shortage(struct result *result, int error)
{
	if (result->error == EAI_SYSTEM || result->error == EAI_MEMORY)
		return;
	if (!descriptor_is_shortage(error) &&
	    (error != ENOMEM || result->error == 0))
		return;
	result->error = EAI_SYSTEM;
	result->system_error = error;
}

/* Asks the system, for as long as it takes. */
static struct result
resolve(const struct question *question, uint16_t port)
{
	const struct addrinfo hints = {
		.ai_family = question->family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_IDN,
	};
	struct addrinfo *list = NULL;
	struct result result = { .error = 0 };

	errno = 0;
	result.error = getaddrinfo(question->name, NULL, &hints, &list);
	result.system_error = result.error == EAI_SYSTEM ? errno : 0;
	correct_shortage(&result, errno);
	if (result.error == 0 && !result_keep(&result, list, port))
		result.error = EAI_MEMORY;
	else if (result.error == 0 && result.count == 0)
		result.error = EAI_NONAME;
	if (list != NULL)
		freeaddrinfo(list);
	return (result);
}

/*
 * Makes a result ready for the owner, if there still is one, and wakes it. The
 * addresses are the lookup's from here on.
 */
static void
publish(struct resolver_request *request, int family, struct result result,
    const char *name)
{
	request->outcomes[request->published++] = (struct outcome){
		.family = family,
		.result = result,
		.name = name,
	};
	request->complete = family == AF_UNSPEC ||
	    request->published == SIDES || request->families != RESOLVER_BOTH;
	wakeup_signal(&request->wakeup);
}

static enum walk_outcome
walk_outcome_of(int error)
{
	switch (error) {
	case 0:
		return (WALK_ADDRESSES);
	case EAI_NONAME:
		return (WALK_NO_NAME);
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return (WALK_NO_DATA);
	case EAI_MEMORY:
	case EAI_SYSTEM:
		return (WALK_ERROR);
	default:
		return (WALK_FAILED);
	}
}

/* Returns the name that an answer is about; NULL: the one that was typed. */
static const char *
name_of(
    const struct resolver_request *request, const struct walk_answer *answer)
{
	const struct search_name *name =
	    &request->plan.list.names[answer->step];

	/* That none of the names exists is true of the typed one, too. */
	if (name->as_typed || answer->outcome == WALK_NO_NAME)
		return (NULL);
	return (name->text);
}

/* Publishes what the walk has come to, AAAA first. */
static void
publish_walk(struct resolver_request *request)
{
	for (enum walk_family i = WALK_IPV6; i <= WALK_IPV4; i++) {
		const struct walk_answer *answer = walk_result(
		    &request->walk, i);
		struct side *side = &request->sides[i];
		struct result result = { .error = 0 };

		if (answer == NULL || side->published)
			continue;
		side->published = true;
		if (answer->outcome == WALK_ADDRESSES) {
			result = side->result;
			side->result = (struct result){ .error = 0 };
		} else {
			result.error = answer->error;
			result.system_error = answer->system_error;
		}
		publish(
		    request, family_of(i), result, name_of(request, answer));
	}
}

/*
 * What a walk makes of a result. A negative answer that may hide a failure is
 * taken for one, so that no name is passed over. EAI_SYSTEM is one, too: it is
 * what comes of a service behind DNS that is not installed.
 */
static struct walk_answer
answer_of(const struct lookup_plan *plan, const struct result *result,
    monotime_t took)
{
	struct walk_answer answer = {
		.outcome = walk_outcome_of(result->error),
		.took = took,
		.error = result->error,
		.system_error = result->system_error,
	};

	if (plan->negative_is_certain || result->error == 0 ||
	    result->error == EAI_MEMORY)
		return (answer);
	answer.outcome = WALK_FAILED;
	if (took >= plan->patience)
		answer.error = EAI_AGAIN;
	return (answer);
}

/* Hands an answer to the walk. */
static void
take_step(struct resolver_request *request, enum walk_family side, size_t step,
    struct result result, monotime_t took)
{
	const struct walk_answer answer = answer_of(
	    &request->plan, &result, took);

	if (walk_take(&request->walk, side, step, &answer, clock_now())) {
		result_release(&request->sides[side].result);
		request->sides[side].result = result;
	} else {
		result_release(&result);
	}
	publish_walk(request);
}

/* Takes note of the answer to `question`. */
static void
record(struct asker *asker, const struct question *question,
    struct result result, monotime_t took)
{
	struct resolver_request *request = asker->request;
	struct side *side = &request->sides[asker->side];

	if (side->ended <= question->step)
		side->ended = question->step + 1;
	if (question->family == AF_UNSPEC ||
	    request->plan.kind != LOOKUP_PLAN_WALK)
		publish(request, question->family, result, NULL);
	else
		take_step(request, asker->side, question->step, result, took);
	pthread_cond_broadcast(&request->changed);
}

/* Finds what the asker has to ask now. Returns false when there is nothing. */
static bool
next_question(struct asker *asker, struct question *question)
{
	struct resolver_request *request = asker->request;
	struct walk *walk = &request->walk;

	*question = (struct question){
		.family = family_of(asker->side),
		.name = request->name,
	};
	switch (request->plan.kind) {
	case LOOKUP_PLAN_ONE:
		if (request->asked_together)
			return (false);
		request->asked_together = true;
		question->family = AF_UNSPEC;
		return (true);
	case LOOKUP_PLAN_TWO:
		return (request->sides[asker->side].begun == 0);
	case LOOKUP_PLAN_WALK:
		break;
	}
	question->step = walk->step;
	if (walk_ask_as_typed(walk)) {
		question->family = AF_UNSPEC;
		return (true);
	}
	if (!walk_wants(walk, asker->side))
		return (false);
	walk_asked(walk, asker->side);
	question->name = request->plan.list.names[walk->step].text;
	return (true);
}

static void
wait_until(struct resolver_request *request, monotime_t end)
{
	struct timespec until = {
		.tv_sec = (time_t)(end / MONOTIME_PER_SECOND),
		.tv_nsec = (long)(end % MONOTIME_PER_SECOND * 1000),
	};

	if (end == MONOTIME_NEVER)
		pthread_cond_wait(&request->changed, &request->lock);
	else
		pthread_cond_timedwait(
		    &request->changed, &request->lock, &until);
}

/* Returns when a walk wants to go on without an answer. */
static monotime_t
due(const struct resolver_request *request)
{
	if (request->plan.kind != LOOKUP_PLAN_WALK)
		return (MONOTIME_NEVER);
	return (walk_due(&request->walk));
}

/*
 * Waits for what the asker has to ask. Returns false when others do the rest,
 * or when it is not wanted any more.
 */
static bool
wait_for_question(struct asker *asker, struct question *question)
{
	struct resolver_request *request = asker->request;
	monotime_t end;

	while (!request->cancelled) {
		if (next_question(asker, question))
			return (true);
		end = due(request);
		if (end == MONOTIME_NEVER)
			return (false);
		if (clock_now() < end) {
			wait_until(request, end);
			continue;
		}
		walk_expire(&request->walk, end);
		publish_walk(request);
		pthread_cond_broadcast(&request->changed);
	}
	return (false);
}

static void run(struct thread_job *job);

static struct asker *
asker_new(
    struct resolver_request *request, enum walk_family side, unsigned kind)
{
	struct asker *asker = calloc(1, sizeof(*asker));

	if (asker == NULL)
		return (NULL);
	asker->job.run = run;
	asker->job.kind = kind;
	asker->request = request;
	asker->side = side;
	return (asker);
}

/* Gives the asker a thread. Without one it is for the caller to run. */
static void
submit(struct asker *asker)
{
	struct resolver_request *request = asker->request;
	struct side *side = &request->sides[asker->side];
	enum thread_pool_place place = thread_pool_submit(&asker->job);

	if (place == THREAD_POOL_NONE)
		asker->blocking = request->blocked = true;
	side->queued = place == THREAD_POOL_QUEUED;
	side->coming++;
	request->references++;
}

/* Sees to it that the other family is asked for as well. */
static void
send_other(struct asker *asker)
{
	struct resolver_request *request = asker->request;
	enum walk_family other = asker->side == WALK_IPV6 ? WALK_IPV4
							  : WALK_IPV6;
	struct asker *sent;

	if (request->plan.kind != LOOKUP_PLAN_WALK ||
	    !walk_wants(&request->walk, other) ||
	    request->sides[other].coming > 0)
		return;
	sent = asker_new(request, other, other);
	if (sent == NULL) {
		walk_asked(&request->walk, other);
		take_step(request, other, request->walk.step,
		    (struct result){ .error = EAI_MEMORY }, 0);
		return;
	}
	submit(sent);
	if (!sent->blocking)
		return;
	pthread_mutex_unlock(&request->lock);
	run(&sent->job);
	pthread_mutex_lock(&request->lock);
}

/* Returns until when A leaves the lead to AAAA, of the same question. */
static monotime_t
head_start_end(
    const struct resolver_request *request, size_t step, monotime_t waits_since)
{
	const struct side *ipv6 = &request->sides[WALK_IPV6];

	if (ipv6->ended > step || (ipv6->begun <= step && ipv6->queued))
		return (waits_since);
	if (ipv6->begun > step)
		return (ipv6->begun_at + RESOLVER_SYSTEM_HEAD_START_US);
	return (waits_since + HEAD_START_WAIT_MAX);
}

static void
give_head_start(const struct asker *asker, const struct question *question)
{
	struct resolver_request *request = asker->request;
	monotime_t since = clock_now(), end;

	if (question->family != AF_INET || request->families != RESOLVER_BOTH)
		return;
	for (;;) {
		end = head_start_end(request, question->step, since);
		if (request->cancelled || clock_now() >= end)
			return;
		wait_until(request, end);
	}
}

/* Asks, without the lock. */
static void
ask(struct asker *asker, const struct question *question)
{
	struct resolver_request *request = asker->request;
	struct side *side = &request->sides[asker->side];
	struct result result;
	monotime_t begun_at = clock_now();

	side->begun = question->step + 1;
	side->begun_at = begun_at;
	pthread_cond_broadcast(&request->changed);
	pthread_mutex_unlock(&request->lock);
	result = resolve(question, request->port);
	pthread_mutex_lock(&request->lock);
	if (request->cancelled)
		result_release(&result);
	else
		record(asker, question, result, clock_now() - begun_at);
}

/* Makes the plan, or waits until another asker has. */
static void
plan(struct resolver_request *request)
{
	if (request->planning == PLAN_NONE) {
		request->planning = PLAN_BEING_MADE;
		pthread_mutex_unlock(&request->lock);
		lookup_plan_make(&request->plan, request->name);
		if (request->plan.kind == LOOKUP_PLAN_WALK)
			walk_init(&request->walk, request->plan.list.count,
			    request->grace, request->plan.patience);
		pthread_mutex_lock(&request->lock);
		request->planning = PLAN_MADE;
		pthread_cond_broadcast(&request->changed);
	}
	while (request->planning != PLAN_MADE)
		wait_until(request, MONOTIME_NEVER);
}

/* Works on the lookup, in a thread or, without any, in the event loop. */
static void
run(struct thread_job *job)
{
	struct asker *asker = (struct asker *)job;
	struct resolver_request *request = asker->request;
	struct side *side = &request->sides[asker->side];
	struct question question;

	pthread_mutex_lock(&request->lock);
	if (!request->cancelled)
		plan(request);
	while (wait_for_question(asker, &question)) {
		side->coming--;
		send_other(asker);
		give_head_start(asker, &question);
		if (!request->cancelled)
			ask(asker, &question);
		side->coming++;
	}
	side->coming--;
	pthread_mutex_unlock(&request->lock);
	free(asker);
	request_unref(request);
}

/* Delivers to the owner, which may cancel the lookup inside. */
static void
deliver(struct resolver_request *request, const struct outcome *outcome)
{
	char name[SEARCH_LIST_NAME_MAX + 2] = "";
	struct resolver_answer answer = {
		.family = outcome->family,
		.error = outcome->result.error,
		.system_error = outcome->result.system_error,
		.blocking = request->blocked,
		.name = outcome->name == NULL ? NULL : name,
		.addresses = outcome->result.addresses,
		.count = outcome->result.count,
	};

	if (outcome->name != NULL) {
		snprintf(name, sizeof(name), "%s", outcome->name);
		name[strlen(name) - 1] = '\0'; /* the dot of the root */
	}
	request->cb(&answer, request->arg);
}

/* Closes what the owner polls: nothing more will come. */
static void
stop_watching(struct resolver_request *request)
{
	if (request->readable != NULL)
		event_free(request->readable);
	request->readable = NULL;
	wakeup_release(&request->wakeup);
}

/*
 * Returns the next outcome to deliver; NULL without one. It stays readable as
 * long as there is another, and is closed after the last.
 */
static const struct outcome *
next_outcome(struct resolver_request *request)
{
	const struct outcome *outcome = NULL;

	pthread_mutex_lock(&request->lock);
	if (request->delivered < request->published)
		outcome = &request->outcomes[request->delivered++];
	if (request->delivered == request->published) {
		if (request->complete)
			stop_watching(request);
		else
			wakeup_clear(&request->wakeup);
	}
	pthread_mutex_unlock(&request->lock);
	return (outcome);
}

/* Whether fork(2) has made a copy of it, whose askers are the parent's. */
static bool
is_a_copy(const struct resolver_request *request)
{
	return (getpid() != request->process);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_request *request = arg;
	const struct outcome *outcome;

	(void)fd;
	(void)what;
	/* What can be read is meant for the parent. */
	if (is_a_copy(request)) {
		event_del(request->readable);
		return;
	}
	outcome = next_outcome(request);
	if (outcome != NULL)
		deliver(request, outcome);
}

static bool
init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	bool ok;

	if (pthread_condattr_init(&attributes) != 0)
		return (false);
	ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(condition, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	return (ok);
}

/* What needs no plan has one: only a lookup of both families may be torn. */
static void
init_plan(struct resolver_request *request)
{
	if (request->families == RESOLVER_BOTH)
		return;
	request->planning = PLAN_MADE;
	request->plan.kind = request->families == RESOLVER_BOTH_TOGETHER
	    ? LOOKUP_PLAN_ONE
	    : LOOKUP_PLAN_TWO;
}

static struct resolver_request *
lookup_new(const struct resolver_question *question)
{
	struct resolver_request *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return (NULL);
	pthread_mutex_init(&request->lock, NULL);
	if (!init_condition(&request->changed)) {
		pthread_mutex_destroy(&request->lock);
		free(request);
		errno = ENOMEM;
		return (NULL);
	}
	request->references = 1;
	request->process = getpid();
	request->families = question->families;
	request->port = question->port;
	request->grace = question->grace;
	request->name = strdup(question->name);
	init_plan(request);
	if (!wakeup_init(&request->wakeup) || request->name == NULL) {
		request_free(request);
		return (NULL);
	}
	return (request);
}

/* Waits for outcomes on `base`. Returns false with errno. */
static bool
watch(struct resolver_request *request, struct event_base *base)
{
	/* A wake-up that the kernel refuses is not to be the last word. */
	static const struct timeval check = { .tv_sec = LOST_WAKEUP_CHECK_S };

	errno = ENOMEM; /* unless something else is said */
	request->readable = event_new(base, request->wakeup.readable,
	    EV_READ | EV_PERSIST, on_readable, request);
	return (request->readable != NULL &&
	    event_add(request->readable, &check) == 0);
}

/* Makes the first askers. Returns how many there are; 0: out of memory. */
static size_t
new_askers(struct resolver_request *request, struct asker *askers[SIDES])
{
	static const struct {
		enum walk_family side;
		unsigned kind; /* one that hangs holds up no other */
	} of[] = {
		[RESOLVER_IPV6] = { WALK_IPV6, WALK_IPV6 },
		[RESOLVER_IPV4] = { WALK_IPV4, WALK_IPV4 },
		[RESOLVER_BOTH] = { WALK_IPV6, WALK_IPV6 },
		[RESOLVER_BOTH_TOGETHER] = { WALK_IPV6, SIDES },
	};

	askers[0] = asker_new(
	    request, of[request->families].side, of[request->families].kind);
	if (askers[0] == NULL || request->families != RESOLVER_BOTH)
		return (askers[0] != NULL);
	askers[1] = asker_new(request, WALK_IPV4, WALK_IPV4);
	if (askers[1] != NULL)
		return (2);
	free(askers[0]);
	return (0);
}

/* Sets the askers to work; in the event loop those that have no thread. */
static void
start_askers(struct resolver_request *request,
    struct asker *const askers[SIDES], size_t count)
{
	bool blocking[SIDES];

	pthread_mutex_lock(&request->lock);
	for (size_t i = 0; i < count; i++) {
		struct asker *asker = askers[i];

		submit(asker);
		blocking[i] = asker->blocking;
	}
	pthread_mutex_unlock(&request->lock);
	for (size_t i = 0; i < count; i++)
		if (blocking[i])
			run(&askers[i]->job);
}

static struct resolver_request *
system_start(struct resolver *resolver,
    const struct resolver_question *question, resolver_cb cb, void *arg)
{
	struct system_resolver *self = (struct system_resolver *)resolver;
	struct resolver_request *request = lookup_new(question);
	struct asker *askers[SIDES];
	size_t count;
	int error;

	if (request == NULL)
		return (NULL);
	request->cb = cb;
	request->arg = arg;
	count = watch(request, self->base) ? new_askers(request, askers) : 0;
	if (count == 0) {
		error = errno;
		stop_watching(request);
		request_free(request);
		errno = error;
		return (NULL);
	}
	start_askers(request, askers, count);
	return (request);
}

static void
system_cancel(struct resolver_request *request)
{
	/* The lock may be one of the parent's threads'; nothing frees it. */
	if (is_a_copy(request)) {
		stop_watching(request);
		return;
	}
	pthread_mutex_lock(&request->lock);
	request->cancelled = true;
	/* An asker may hang for long; its owner's descriptors must not. */
	stop_watching(request);
	pthread_cond_broadcast(&request->changed);
	pthread_mutex_unlock(&request->lock);
	request_unref(request);
}

static void
system_release(struct resolver *resolver)
{
	free(resolver);
}

struct resolver *
resolver_system_new(struct event_base *base)
{
	struct system_resolver *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->resolver = (struct resolver){
		.start = system_start,
		.cancel = system_cancel,
		.release = system_release,
	};
	self->base = base;
	return (&self->resolver);
}
