/* SPDX-License-Identifier: ISC */
/*
 * The system's resolver: getaddrinfo(3), which follows nsswitch.conf, in
 * threads of the pool that report to the event loop through a wake-up.
 *
 * A request (resolver.h) has workers, each in a thread of its own: at first one
 * for each family asked for. The first worker to run makes the plan. Then each
 * worker makes the queries that the plan has for its family, one after the
 * other.
 *
 * getaddrinfo cannot be interrupted. So the owner and the workers each hold a
 * reference to the request, and the last one to drop its reference frees it. An
 * owner that cancels does not wait, and a worker that hangs delays nothing
 * else. Where a walk goes on without the answer that a worker waits for,
 * another worker takes over its family.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "condition.h"
#include "container.h"
#include "descriptor.h"
#include "gai_error.h"
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

/* How long the query for A waits for a thread that makes the one for AAAA. */
#define HEAD_START_WAIT_MAX (10 * MONOTIME_PER_MS)

#define FAMILIES 2 /* of a request, by enum walk_family */

/* What getaddrinfo returned. */
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
struct query {
	int family;
	const char *name;
	size_t step; /* of a walk */
};

/* Makes the queries of a request for one family, in a thread. */
struct worker {
	struct thread_job job; /* first: a worker is its job */
	struct resolver_request *request;
	enum walk_family family;
	bool blocking; /* there is no thread: it runs in the event loop */
};

/* The queries for one family. */
struct family_queries {
	unsigned available; /* workers that can still take the next query */
	bool queued;        /* the newest worker waits for a thread */
	size_t started;
	size_t answered;
	monotime_t started_at; /* the last one */
	struct result result;  /* the last one that counts in a walk */
	bool published;        /* the outcome of a walk for this family */
};

enum request_state {
	REQUEST_PENDING,
	REQUEST_COMPLETE, /* all outcomes are published */
	REQUEST_CANCELLED /* by the owner: nothing is published any more */
};

enum plan_state { PLAN_NONE, PLAN_IN_PROGRESS, PLAN_READY };

struct resolver_request {
	/* Protects all members up to `queries`. */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* one of these members has changed */
	enum request_state state;
	unsigned references;  /* the owner's and one for each worker */
	bool blocked;         /* a worker ran in the event loop */
	struct wakeup wakeup; /* signalled when an outcome is published */
	struct outcome outcomes[FAMILIES];
	size_t published; /* of the outcomes */
	size_t delivered;
	enum plan_state plan_state;
	struct lookup_plan plan; /* constant when PLAN_READY */
	struct walk walk;
	bool both_asked; /* the query of a plan for one lookup is made */
	struct family_queries queries[FAMILIES];

	/* Constant. */
	enum resolver_families families;
	pid_t process; /* the owner's */
	char *name;
	uint16_t port;
	monotime_t grace;

	/* Used by the owner's thread only. */
	struct event *readable;
	resolver_cb cb;
	void *arg;
};

struct system_resolver {
	struct resolver resolver;
	struct event_base *base;
};

static int
address_family_of(enum walk_family family)
{
	return (family == WALK_IPV6 ? AF_INET6 : AF_INET);
}

static void
result_release(struct result *result)
{
	free(result->addresses);
	*result = (struct result){ .error = 0 };
}

/* Keeps errno for the caller. */
static void
request_free(struct resolver_request *request)
{
	int error = errno;

	for (size_t i = 0; i < FAMILIES; i++) {
		result_release(&request->queries[i].result);
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
 * Corrects an answer that is wrong for lack of descriptors or memory. When a
 * module of glibc cannot open a file for that reason it returns "no such name"
 * or "try again", and only errno shows why. Without a descriptor for /etc/hosts
 * DNS may return an address that the file would have replaced.
 */
static void
result_correct_shortage(struct result *result, int error)
{
	if (result->error == EAI_SYSTEM || result->error == EAI_MEMORY)
		return;
	if (!descriptor_is_shortage(error) &&
	    (error != ENOMEM || result->error == 0))
		return;
	result->error = EAI_SYSTEM;
	result->system_error = error;
}

/* Calls getaddrinfo(3), which may block for long. */
static struct result
query_run(const struct query *query, uint16_t port)
{
	const struct addrinfo hints = {
		.ai_family = query->family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_IDN,
	};
	struct addrinfo *list = NULL;
	struct result result = { .error = 0 };

	errno = 0;
	result.error = getaddrinfo(query->name, NULL, &hints, &list);
	result.system_error = result.error == EAI_SYSTEM ? errno : 0;
	result_correct_shortage(&result, errno);
	if (result.error == 0 && !result_keep(&result, list, port))
		result.error = EAI_MEMORY;
	else if (result.error == 0 && result.count == 0)
		result.error = EAI_NONAME;
	if (list != NULL)
		freeaddrinfo(list);
	return (result);
}

/*
 * Makes a result ready for the owner and wakes the owner. The request takes
 * over the addresses.
 */
static void
request_publish(struct resolver_request *request, int family,
    struct result result, const char *name)
{
	request->outcomes[request->published++] = (struct outcome){
		.family = family,
		.result = result,
		.name = name,
	};
	if (family == AF_UNSPEC || request->published == FAMILIES ||
	    request->families != RESOLVER_BOTH)
		request->state = REQUEST_COMPLETE;
	wakeup_signal(&request->wakeup);
}

/* Returns the name that was queried; NULL: the name as typed. */
static const char *
request_name_of(
    const struct resolver_request *request, const struct walk_answer *answer)
{
	const struct search_name *name =
	    &request->plan.list.names[answer->step];

	/* "No such name" at the end of a walk holds for the typed name. */
	if (name->as_typed || answer->outcome == GAI_NO_NAME)
		return (NULL);
	return (name->text);
}

/* Publishes the answers in which the walk has ended, AAAA first. */
static void
request_publish_walk(struct resolver_request *request)
{
	for (enum walk_family i = WALK_IPV6; i <= WALK_IPV4; i++) {
		const struct walk_answer *answer = walk_result(
		    &request->walk, i);
		struct family_queries *queries = &request->queries[i];
		struct result result = { .error = 0 };

		if (answer == NULL || queries->published)
			continue;
		queries->published = true;
		if (answer->outcome == GAI_ADDRESSES) {
			result = queries->result;
			queries->result = (struct result){ .error = 0 };
		} else {
			result.error = answer->error;
			result.system_error = answer->system_error;
		}
		request_publish(request, address_family_of(i), result,
		    request_name_of(request, answer));
	}
}

/*
 * Returns the answer that a result is in a walk. Where a negative answer may
 * hide a failure it counts as one, so that no name is skipped by mistake.
 * EAI_SYSTEM counts as one too: glibc returns it for a service behind DNS that
 * is not installed.
 */
static struct walk_answer
walk_answer_of(const struct lookup_plan *plan, const struct result *result,
    monotime_t took)
{
	struct walk_answer answer = {
		.outcome = gai_error_class(result->error),
		.took = took,
		.error = result->error,
		.system_error = result->system_error,
	};

	if (plan->negative_is_certain || result->error == 0 ||
	    result->error == EAI_MEMORY)
		return (answer);
	answer.outcome = GAI_FAILED;
	if (took >= plan->patience)
		answer.error = EAI_AGAIN;
	return (answer);
}

/* Hands a result of `step` to the walk. */
static void
request_take_answer(struct resolver_request *request, enum walk_family family,
    size_t step, struct result result, monotime_t took)
{
	const struct walk_answer answer = walk_answer_of(
	    &request->plan, &result, took);

	if (walk_take(&request->walk, family, step, &answer, clock_now())) {
		result_release(&request->queries[family].result);
		request->queries[family].result = result;
	} else {
		result_release(&result);
	}
	request_publish_walk(request);
}

/* Takes the result of a query. */
static void
worker_record(struct worker *worker, const struct query *query,
    struct result result, monotime_t took)
{
	struct resolver_request *request = worker->request;
	struct family_queries *queries = &request->queries[worker->family];

	if (queries->answered <= query->step)
		queries->answered = query->step + 1;
	if (query->family == AF_UNSPEC ||
	    request->plan.kind != LOOKUP_PLAN_WALK)
		request_publish(request, query->family, result, NULL);
	else
		request_take_answer(
		    request, worker->family, query->step, result, took);
	pthread_cond_broadcast(&request->changed);
}

/* Fills in the query that the worker has to make now; false: there is none. */
static bool
worker_next_query(struct worker *worker, struct query *query)
{
	struct resolver_request *request = worker->request;
	struct walk *walk = &request->walk;

	*query = (struct query){
		.family = address_family_of(worker->family),
		.name = request->name,
	};
	switch (request->plan.kind) {
	case LOOKUP_PLAN_UNSPEC:
		if (request->both_asked)
			return (false);
		request->both_asked = true;
		query->family = AF_UNSPEC;
		return (true);
	case LOOKUP_PLAN_PER_FAMILY:
		return (request->queries[worker->family].started == 0);
	case LOOKUP_PLAN_WALK:
		break;
	}
	query->step = walk->step;
	if (walk_ask_as_typed(walk)) {
		query->family = AF_UNSPEC;
		return (true);
	}
	if (!walk_wants(walk, worker->family))
		return (false);
	walk_asked(walk, worker->family);
	query->name = request->plan.list.names[walk->step].text;
	return (true);
}

static void
request_wait_until(struct resolver_request *request, monotime_t end)
{
	condition_wait_until(&request->changed, &request->lock, end);
}

/* Returns when the walk goes on without an answer. */
static monotime_t
request_expires_at(const struct resolver_request *request)
{
	if (request->plan.kind != LOOKUP_PLAN_WALK)
		return (MONOTIME_NEVER);
	return (walk_expires_at(&request->walk));
}

/*
 * Waits for the next query of the worker. Returns false when other workers
 * make the rest, or when the request is cancelled.
 */
static bool
worker_wait_for_query(struct worker *worker, struct query *query)
{
	struct resolver_request *request = worker->request;
	monotime_t end;

	while (request->state != REQUEST_CANCELLED) {
		if (worker_next_query(worker, query))
			return (true);
		end = request_expires_at(request);
		if (end == MONOTIME_NEVER)
			return (false);
		if (clock_now() < end) {
			request_wait_until(request, end);
			continue;
		}
		walk_expire(&request->walk, end);
		request_publish_walk(request);
		pthread_cond_broadcast(&request->changed);
	}
	return (false);
}

static void worker_run(struct thread_job *job);

static struct worker *
worker_new(
    struct resolver_request *request, enum walk_family family, unsigned kind)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (worker == NULL)
		return (NULL);
	worker->job.run = worker_run;
	worker->job.kind = kind;
	worker->request = request;
	worker->family = family;
	return (worker);
}

/* Gives the worker a thread. A blocking worker is left to the caller to run. */
static void
worker_submit(struct worker *worker)
{
	struct resolver_request *request = worker->request;
	struct family_queries *queries = &request->queries[worker->family];
	enum thread_pool_place place = thread_pool_submit(&worker->job);

	if (place == THREAD_POOL_NONE)
		worker->blocking = request->blocked = true;
	queries->queued = place == THREAD_POOL_QUEUED;
	queries->available++;
	request->references++;
}

/* Starts a worker for the other family where the walk needs one. */
static void
worker_start_other(struct worker *worker)
{
	struct resolver_request *request = worker->request;
	enum walk_family other = worker->family == WALK_IPV6 ? WALK_IPV4
							     : WALK_IPV6;
	struct worker *started;

	if (request->plan.kind != LOOKUP_PLAN_WALK ||
	    !walk_wants(&request->walk, other) ||
	    request->queries[other].available > 0)
		return;
	started = worker_new(request, other, other);
	if (started == NULL) {
		walk_asked(&request->walk, other);
		request_take_answer(request, other, request->walk.step,
		    (struct result){ .error = EAI_MEMORY }, 0);
		return;
	}
	worker_submit(started);
	if (!started->blocking)
		return;
	pthread_mutex_unlock(&request->lock);
	worker_run(&started->job);
	pthread_mutex_lock(&request->lock);
}

/* Returns when A may be queried in `step`: shortly after AAAA. */
static monotime_t
request_head_start_end(
    const struct resolver_request *request, size_t step, monotime_t waits_since)
{
	const struct family_queries *ipv6 = &request->queries[WALK_IPV6];

	if (ipv6->answered > step || (ipv6->started <= step && ipv6->queued))
		return (waits_since);
	if (ipv6->started > step)
		return (ipv6->started_at + RESOLVER_SYSTEM_HEAD_START_US);
	return (waits_since + HEAD_START_WAIT_MAX);
}

static void
worker_give_head_start(const struct worker *worker, const struct query *query)
{
	struct resolver_request *request = worker->request;
	monotime_t since = clock_now(), end;

	if (query->family != AF_INET || request->families != RESOLVER_BOTH)
		return;
	for (;;) {
		end = request_head_start_end(request, query->step, since);
		if (request->state == REQUEST_CANCELLED || clock_now() >= end)
			return;
		request_wait_until(request, end);
	}
}

/* Makes the query, without the lock. */
static void
worker_ask(struct worker *worker, const struct query *query)
{
	struct resolver_request *request = worker->request;
	struct family_queries *queries = &request->queries[worker->family];
	struct result result;
	monotime_t started_at = clock_now();

	queries->started = query->step + 1;
	queries->started_at = started_at;
	pthread_cond_broadcast(&request->changed);
	pthread_mutex_unlock(&request->lock);
	result = query_run(query, request->port);
	pthread_mutex_lock(&request->lock);
	if (request->state == REQUEST_CANCELLED)
		result_release(&result);
	else
		worker_record(worker, query, result, clock_now() - started_at);
}

/* Makes the plan, or waits until another worker has made it. */
static void
request_make_plan(struct resolver_request *request)
{
	if (request->plan_state == PLAN_NONE) {
		request->plan_state = PLAN_IN_PROGRESS;
		pthread_mutex_unlock(&request->lock);
		lookup_plan_make(&request->plan, request->name);
		if (request->plan.kind == LOOKUP_PLAN_WALK)
			walk_init(&request->walk, request->plan.list.count,
			    request->grace, request->plan.patience);
		pthread_mutex_lock(&request->lock);
		request->plan_state = PLAN_READY;
		pthread_cond_broadcast(&request->changed);
	}
	while (request->plan_state != PLAN_READY)
		request_wait_until(request, MONOTIME_NEVER);
}

/* The life of a worker, in a thread or, for lack of one, in the event loop. */
static void
worker_run(struct thread_job *job)
{
	struct worker *worker = (struct worker *)job;
	struct resolver_request *request = worker->request;
	struct family_queries *queries = &request->queries[worker->family];
	struct query query;

	pthread_mutex_lock(&request->lock);
	if (request->state != REQUEST_CANCELLED)
		request_make_plan(request);
	while (worker_wait_for_query(worker, &query)) {
		queries->available--;
		worker_start_other(worker);
		worker_give_head_start(worker, &query);
		if (request->state != REQUEST_CANCELLED)
			worker_ask(worker, &query);
		queries->available++;
	}
	queries->available--;
	pthread_mutex_unlock(&request->lock);
	free(worker);
	request_unref(request);
}

/* Calls back the owner, which may cancel the request inside. */
static void
request_deliver(struct resolver_request *request, const struct outcome *outcome)
{
	char name[HOSTNAME_LENGTH_MAX + 2] = "";
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

/* Closes the descriptors that the owner polls. */
static void
request_stop_polling(struct resolver_request *request)
{
	if (request->readable != NULL)
		event_free(request->readable);
	request->readable = NULL;
	wakeup_release(&request->wakeup);
}

/*
 * Returns the next outcome to deliver; NULL without one. The wake-up stays
 * readable as long as there is another outcome, and is closed after the last.
 */
static const struct outcome *
request_next_outcome(struct resolver_request *request)
{
	const struct outcome *outcome = NULL;

	pthread_mutex_lock(&request->lock);
	if (request->delivered < request->published)
		outcome = &request->outcomes[request->delivered++];
	if (request->delivered == request->published) {
		if (request->state == REQUEST_COMPLETE)
			request_stop_polling(request);
		else
			wakeup_clear(&request->wakeup);
	}
	pthread_mutex_unlock(&request->lock);
	return (outcome);
}

/* Returns whether this process is a child whose parent has the workers. */
static bool
request_is_forked_copy(const struct resolver_request *request)
{
	return (getpid() != request->process);
}

static void
request_on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_request *request = arg;
	const struct outcome *outcome;

	(void)fd;
	(void)what;
	/* The wake-up is for the parent. */
	if (request_is_forked_copy(request)) {
		event_del(request->readable);
		return;
	}
	outcome = request_next_outcome(request);
	if (outcome != NULL)
		request_deliver(request, outcome);
}

/* Sets the plan where it follows from the families alone. */
static void
request_init_plan(struct resolver_request *request)
{
	if (request->families == RESOLVER_BOTH)
		return;
	request->plan_state = PLAN_READY;
	request->plan.kind = request->families == RESOLVER_BOTH_TOGETHER
	    ? LOOKUP_PLAN_UNSPEC
	    : LOOKUP_PLAN_PER_FAMILY;
}

static struct resolver_request *
request_new(const struct resolver_question *question)
{
	struct resolver_request *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return (NULL);
	pthread_mutex_init(&request->lock, NULL);
	if (!condition_init(&request->changed)) {
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
	request_init_plan(request);
	if (!wakeup_init(&request->wakeup) || request->name == NULL) {
		request_free(request);
		return (NULL);
	}
	return (request);
}

/* Polls for outcomes on `base`. Returns false with errno. */
static bool
request_start_polling(struct resolver_request *request, struct event_base *base)
{
	/* The kernel may refuse the write of a wake-up. */
	static const struct timeval check = { .tv_sec = LOST_WAKEUP_CHECK_S };

	errno = ENOMEM; /* libevent does not always set it */
	request->readable = event_new(base, request->wakeup.readable,
	    EV_READ | EV_PERSIST, request_on_wakeup, request);
	return (request->readable != NULL &&
	    event_add(request->readable, &check) == 0);
}

/* Makes the first workers. Returns their number; 0: out of memory. */
static size_t
request_new_workers(
    struct resolver_request *request, struct worker *workers[FAMILIES])
{
	static const struct {
		enum walk_family family;
		unsigned kind; /* of the pool: a kind delays no other */
	} of[] = {
		[RESOLVER_IPV6] = { WALK_IPV6, WALK_IPV6 },
		[RESOLVER_IPV4] = { WALK_IPV4, WALK_IPV4 },
		[RESOLVER_BOTH] = { WALK_IPV6, WALK_IPV6 },
		[RESOLVER_BOTH_TOGETHER] = { WALK_IPV6, FAMILIES },
	};

	workers[0] = worker_new(
	    request, of[request->families].family, of[request->families].kind);
	if (workers[0] == NULL || request->families != RESOLVER_BOTH)
		return (workers[0] != NULL);
	workers[1] = worker_new(request, WALK_IPV4, WALK_IPV4);
	if (workers[1] != NULL)
		return (2);
	free(workers[0]);
	return (0);
}

/* Starts the workers; those without a thread run in the event loop. */
static void
request_start_workers(struct resolver_request *request,
    struct worker *const workers[FAMILIES], size_t count)
{
	bool blocking[FAMILIES];

	pthread_mutex_lock(&request->lock);
	for (size_t i = 0; i < count; i++) {
		struct worker *worker = workers[i];

		worker_submit(worker);
		blocking[i] = worker->blocking;
	}
	pthread_mutex_unlock(&request->lock);
	for (size_t i = 0; i < count; i++)
		if (blocking[i])
			worker_run(&workers[i]->job);
}

static struct resolver_request *
system_start(struct resolver *resolver,
    const struct resolver_question *question, resolver_cb cb, void *arg)
{
	struct system_resolver *self = container_of(
	    resolver, struct system_resolver, resolver);
	struct resolver_request *request = request_new(question);
	struct worker *workers[FAMILIES];
	size_t count;
	int error;

	if (request == NULL)
		return (NULL);
	request->cb = cb;
	request->arg = arg;
	count = request_start_polling(request, self->base)
	    ? request_new_workers(request, workers)
	    : 0;
	if (count == 0) {
		error = errno;
		request_stop_polling(request);
		request_free(request);
		errno = error;
		return (NULL);
	}
	request_start_workers(request, workers, count);
	return (request);
}

static void
system_cancel(struct resolver_request *request)
{
	/* A thread of the parent may hold the lock; it is never freed then. */
	if (request_is_forked_copy(request)) {
		request_stop_polling(request);
		return;
	}
	pthread_mutex_lock(&request->lock);
	request->state = REQUEST_CANCELLED;
	/* A worker may hang for long and must not keep the descriptors open. */
	request_stop_polling(request);
	pthread_cond_broadcast(&request->changed);
	pthread_mutex_unlock(&request->lock);
	request_unref(request);
}

static void
system_release(struct resolver *resolver)
{
	free(container_of(resolver, struct system_resolver, resolver));
}

static const struct resolver_ops system_ops = {
	.start = system_start,
	.cancel = system_cancel,
	.release = system_release,
};

struct resolver *
resolver_system_new(struct event_base *base)
{
	struct system_resolver *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return (NULL);
	self->resolver.ops = &system_ops;
	self->base = base;
	return (&self->resolver);
}
