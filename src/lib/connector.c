/* SPDX-License-Identifier: ISC */
/*
 * The connector: every event (an answer, the end of an attempt, the timer)
 * changes the race, and connector_step() does what the race then asks for.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "attempts.h"
#include "candidates.h"
#include "config.h"
#include "connector.h"
#include "descriptor.h"
#include "errors.h"
#include "events.h"
#include "lookup.h"
#include "ordering.h"
#include "race.h"
#include "step.h"
#include "target.h"
#include "tcp_socket.h"

enum connector_phase {
	CONNECTOR_IDLE,       /* nothing was asked for, or it has ended */
	CONNECTOR_STARTED,    /* the timer of its start has not expired yet */
	CONNECTOR_RUNNING,    /* lookups and attempts */
	CONNECTOR_CANCELLING, /* asked for, done when no call is under way */
	CONNECTOR_ENDING      /* the observer is called with the end, then the
				 callback */
};

/*
 * A connector may be cancelled and freed inside every callback, so also in the
 * middle of what caused it. `entered` counts the calls into the connector that
 * are under way: a cancel only changes the phase, and what that means is done
 * by the outermost call when it returns, as is the free.
 */
struct hecat_connector {
	enum connector_phase phase;
	unsigned entered;
	bool freed; /* by its owner */
	struct connector_env env;
	struct hecat_config config;
	struct events events;
	hecat_connected_cb connected;
	hecat_failed_cb failed;
	void *arg;

	/* Of the connect that runs, or of the last one. */
	struct target target;
	bool only_looks_up;
	/* Where the step is no part of the race: the attempt that decides it,
	   RACE_NO_ATTEMPT: none has TCP; and that all others are closed. */
	size_t decider;
	bool is_decided;
	struct ordering ordering;
	struct candidates candidates;
	struct lookup lookup;
	struct race race;
	struct attempts attempts;
	bool out_of_memory; /* an attempt ended with that */
	int shortage;       /* the errno of the start that was put off last */
	struct errors errors;
	enum hecat_error error; /* 0: it has not failed */
	struct address peer;    /* length 0: it is not connected */
	int fd;                 /* of that connection; -1: none, or taken */
	struct bufferevent *bufferevent; /* of its step, in the place of `fd` */
};

static monotime_t
connector_now(const struct hecat_connector *connector)
{
	return (connector->env.timer->ops->now(connector->env.timer));
}

/* Keeps what failed, and passes the event on. */
static void
connector_on_event(const struct hecat_event *event, void *arg)
{
	struct hecat_connector *connector = arg;
	const struct hecat_config *config = &connector->config;

	if (event->type == HECAT_EVENT_ANSWER ||
	    (event->type == HECAT_EVENT_ATTEMPT_ENDED &&
		event->outcome != HECAT_OUTCOME_WON))
		errors_add(&connector->errors, event);
	if (config->observer != NULL && !connector->freed)
		config->observer(connector, event, config->observer_arg);
}

/* Returns what to ask the resolver. */
static enum resolver_families
connector_families(const struct hecat_config *config)
{
	if (config->family == AF_INET6)
		return (RESOLVER_IPV6);
	if (config->family == AF_INET)
		return (RESOLVER_IPV4);
	return (config->order == HECAT_ORDER_SORTED ? RESOLVER_BOTH
						    : RESOLVER_BOTH_TOGETHER);
}

/* Asks the resolver for the host. */
static void
connector_ask(struct hecat_connector *connector)
{
	const struct hecat_config *config = &connector->config;

	lookup_start(&connector->lookup,
	    &(struct resolver_question){
		.name = connector->target.name,
		.port = connector->target.port,
		.families = connector_families(config),
		.grace = config->resolution_delay,
		.connector = connector,
	    });

	/* That takes a descriptor, too. */
	if (lookup_retry_at(&connector->lookup) == MONOTIME_NEVER &&
	    lookup_awaits(&connector->lookup, AF_INET6) &&
	    lookup_awaits(&connector->lookup, AF_INET))
		ordering_read_ahead(&connector->ordering);
}

/*
 * Adds addresses to the candidates. Among equals those of an A answer stand
 * first, whichever answer came first: so the system's resolver lists them.
 */
static bool
connector_add_candidates(struct hecat_connector *connector, int family,
    const struct address *addresses, size_t count)
{
	struct candidates *candidates = &connector->candidates;
	bool was_empty = candidates_untried(candidates) == 0;
	int added;

	ordering_prepare(&connector->ordering, candidates->count + count);
	added = candidates_add(candidates, addresses, count,
	    family == AF_INET ? CANDIDATES_AHEAD : CANDIDATES_BEHIND);
	if (added == -1)
		return (false);
	if (added > 0 && was_empty)
		race_candidates_added(
		    &connector->race, connector_now(connector));
	events_candidates(&connector->events, candidates);
	return (true);
}

/* Returns whether the answer with `family` is out, and worth waiting for. */
static bool
connector_is_worth_waiting(struct hecat_connector *connector, int family)
{
	return (lookup_awaits(&connector->lookup, family) &&
	    ordering_may_lead(
		&connector->ordering, &connector->candidates, family));
}

/*
 * Applies the Resolution Delay (RFC 8305 section 3), which counts from the
 * first answer with addresses: it is waited for a family that could still lead.
 */
static void
connector_delay(struct hecat_connector *connector)
{
	monotime_t resolution_delay = connector->config.resolution_delay;
	struct race *race = &connector->race;

	if (resolution_delay == 0 ||
	    candidates_untried(&connector->candidates) == 0 ||
	    !(connector_is_worth_waiting(connector, AF_INET6) ||
		connector_is_worth_waiting(connector, AF_INET)))
		race_resolution_delay(race, INT64_MIN);
	else if (race->resolution_delay_end == INT64_MIN)
		race_resolution_delay(race,
		    clock_after(connector_now(connector), resolution_delay));
}

/*
 * Adds the addresses of an answer with `family` (AF_UNSPEC: both, or given) to
 * the candidates, and applies the Resolution Delay to them. Returns false when
 * out of memory.
 */
static bool
connector_add(struct hecat_connector *connector, int family,
    const struct address *addresses, size_t count)
{
	bool added = count == 0 ||
	    connector_add_candidates(connector, family, addresses, count);

	if (added && !connector->only_looks_up)
		connector_delay(connector);
	connector->env.host->ops->rest(connector->env.host);
	return (added);
}

/* Returns what the race may draw on; nothing is attempted for a lookup. */
static struct race_supply
connector_supply(const struct hecat_connector *connector)
{
	return ((struct race_supply){
	    .untried = connector->only_looks_up || connector->is_decided
		? 0
		: candidates_untried(&connector->candidates),
	    .expected = lookup_awaits(&connector->lookup, AF_UNSPEC),
	});
}

/* Ends an attempt with a known outcome, and reports it. */
static void
connector_end_attempt(struct hecat_connector *connector,
    struct attempts_item *item, enum hecat_outcome outcome, int error)
{
	events_attempt_ended(&connector->events, item, outcome, error);
	attempts_drop(item);
}

/* Lets go of the lookup and of every attempt but `kept`. */
static void
connector_stop(
    struct hecat_connector *connector, const struct attempts_item *kept)
{
	struct attempts_item *item, *next;

	lookup_stop(&connector->lookup);
	connector->env.timer->ops->set(connector->env.timer, MONOTIME_NEVER);
	for (item = TAILQ_FIRST(&connector->attempts.list); item != NULL;
	     item = next) {
		next = TAILQ_NEXT(item, entry);
		if (item != kept)
			connector_end_attempt(
			    connector, item, HECAT_OUTCOME_CANCELLED, 0);
	}
}

/* Keeps what is left without an outcome: lookups, and a start put off. */
static void
connector_keep_unfinished(struct hecat_connector *connector)
{
	struct errors *errors = &connector->errors;
	const struct lookup *lookup = &connector->lookup;
	const struct address *destination, *source;
	int shortage = lookup_shortage(lookup);

	if (lookup_is_for_both(lookup) && lookup_awaits(lookup, AF_UNSPEC)) {
		errors_add_unanswered(errors, AF_UNSPEC, shortage);
	} else {
		if (lookup_awaits(lookup, AF_INET6))
			errors_add_unanswered(errors, AF_INET6, shortage);
		if (lookup_awaits(lookup, AF_INET))
			errors_add_unanswered(errors, AF_INET, shortage);
	}
	if (!connector->race.out_of_descriptors ||
	    candidates_untried(&connector->candidates) == 0)
		return;
	candidates_next(&connector->candidates, &destination, &source);
	errors_add_put_off(errors, connector->race.count, destination, source,
	    connector->shortage);
}

/* Drops all that is under way, and keeps it as a reason. */
static void
connector_give_up(struct hecat_connector *connector)
{
	connector_keep_unfinished(connector);
	connector_stop(connector, NULL);
}

/*
 * Reports the end to the observer. Returns whether the callback is to follow: a
 * cancel may have come inside.
 */
static bool
connector_emit_end(struct hecat_connector *connector, enum hecat_error error)
{
	connector->error = error;
	errors_complete(&connector->errors, error == 0);
	connector->phase = CONNECTOR_ENDING;
	events_ended(&connector->events, (int)error, &connector->peer);
	if (connector->phase != CONNECTOR_ENDING)
		return (false);
	connector->phase = CONNECTOR_IDLE;
	return (true);
}

/* Closes the connection, if there is one that was not taken. */
static void
connector_disconnect(struct hecat_connector *connector)
{
	if (connector->fd != -1)
		close(connector->fd);
	step_free_bufferevent(connector->bufferevent);
	connector->fd = -1;
	connector->bufferevent = NULL;
	connector->peer.length = 0;
}

/* Keeps the winner's socket, unless an observer cancels on the way. */
static void
connector_win(struct hecat_connector *connector, size_t number)
{
	struct attempts_item *winner = attempts_find(
	    &connector->attempts, number);

	connector_stop(connector, winner);
	if (connector->phase != CONNECTOR_RUNNING)
		return;
	connector->peer = winner->destination;
	connector->bufferevent = attempts_take_bufferevent(winner);
	connector->fd = attempts_take(winner);
	connector_end_attempt(connector, winner, HECAT_OUTCOME_WON, 0);
	if (connector->phase == CONNECTOR_RUNNING &&
	    connector_emit_end(connector, 0))
		connector->connected(connector, connector->arg);
	else if (connector->phase == CONNECTOR_CANCELLING)
		connector_disconnect(connector);
}

/* Reports the failure, unless an observer cancels on the way. */
static void
connector_fail(struct hecat_connector *connector, enum hecat_error error)
{
	connector_give_up(connector);
	if (connector->phase == CONNECTOR_RUNNING &&
	    connector_emit_end(connector, error))
		connector->failed(connector, error, connector->arg);
}

static enum hecat_error
connector_cause_of_loss(const struct hecat_connector *connector)
{
	if (connector->out_of_memory || connector->errors.incomplete)
		return (HECAT_ERROR_MEMORY);
	if (connector->race.count > 0)
		return (HECAT_ERROR_CONNECT);
	return (lookup_lacked_memory(&connector->lookup) ? HECAT_ERROR_MEMORY
							 : HECAT_ERROR_RESOLVE);
}

/* Ends what has nothing left to wait for: a lookup, or a race that is lost. */
static void
connector_finish(struct hecat_connector *connector)
{
	if (!connector->only_looks_up || connector->candidates.count == 0) {
		connector_fail(connector, connector_cause_of_loss(connector));
		return;
	}
	connector_stop(connector, NULL);
	if (connector_emit_end(connector, 0))
		connector->connected(connector, connector->arg);
}

/* Takes note that an attempt has TCP, and begins its step; returns likewise. */
static int
connector_begin_step(
    struct hecat_connector *connector, struct attempts_item *item)
{
	struct attempt_facts facts;

	if (!connector->config.step_in_race && !connector->is_decided) {
		if (item->number < connector->decider)
			connector->decider = item->number;
		return (ATTEMPT_ESTABLISHED);
	}
	attempts_inspect(item, &facts);
	race_established(&connector->race, item->number,
	    connector_now(connector), facts.rtt);
	return (attempts_begin_step(item));
}

/*
 * Takes note of the end of an attempt, or of its TCP; a success is kept for the
 * race.
 */
static void
connector_attempt_ended(
    struct hecat_connector *connector, struct attempts_item *item, int error)
{
	if (error == ATTEMPT_ESTABLISHED)
		error = connector_begin_step(connector, item);
	if (error == ATTEMPT_ESTABLISHED)
		return;
	if (error == 0) {
		race_succeeded(&connector->race, item->number);
		return;
	}
	race_failed(&connector->race, item->number, connector_now(connector));
	if (error == ATTEMPT_CLOSED) {
		connector_end_attempt(connector, item, HECAT_OUTCOME_CLOSED, 0);
		return;
	}
	if (error == ATTEMPT_STEP_FAILED) {
		connector_end_attempt(
		    connector, item, HECAT_OUTCOME_STEP_FAILED, 0);
		return;
	}
	if (error == ATTEMPT_OUT_OF_MEMORY) {
		connector->out_of_memory = true;
		error = ENOMEM;
	}
	connector_end_attempt(connector, item, HECAT_OUTCOME_FAILED, error);
}

/*
 * Puts the start off, with what there is of its attempt, until another attempt
 * ends or some time has passed. Returns false when memory is lacking and no
 * attempt is there that would give some back.
 */
static bool
connector_put_off(
    struct hecat_connector *connector, struct attempts_item *item, int error)
{
	if (item != NULL)
		attempts_drop(item);
	if (error == ATTEMPT_OUT_OF_MEMORY) {
		if (race_pending(&connector->race) == 0)
			return (false);
		error = ENOMEM;
	}
	connector->shortage = error;
	if (!connector->race.out_of_descriptors)
		events_out_of_descriptors(&connector->events, error, false);
	race_out_of_descriptors(&connector->race, connector_now(connector));
	return (true);
}

static bool
connector_is_running(const struct hecat_connector *connector)
{
	return (connector->phase == CONNECTOR_RUNNING);
}

/* Starts the attempt of an item; returns as attempts_start() does. */
static int
connector_start_attempt(
    struct hecat_connector *connector, struct attempts_item *item)
{
	const struct hecat_config *config = &connector->config;
	const struct step_request step = {
		.methods = config->step,
		.arg = config->step_arg,
		.connector = connector,
		.base = connector->env.base,
		.attempt = item->number,
		.address = item->destination,
		.is_wanted = connector_is_running,
	};
	const struct socket_request socket = {
		.factory = config->socket_factory,
		.factory_arg = config->socket_factory_arg,
		.prepare = config->socket_cb,
		.prepare_arg = config->socket_arg,
		.connector = connector,
		.is_wanted = connector_is_running,
	};
	bool is_custom = socket.factory != NULL || socket.prepare != NULL;

	return (attempts_start(item,
	    (struct attempt_request){
		.success = config->success,
		.open_time = config->success_open_time,
		.step = step.methods == NULL ? NULL : &step,
		.socket = is_custom ? &socket : NULL,
	    }));
}

/*
 * Starts the next candidate; one that fails without a packet has ended with
 * it. Returns false when out of memory for good.
 */
static bool
connector_start_next(struct hecat_connector *connector, enum hecat_cause cause)
{
	const struct address *destination, *source;
	struct attempts_item *item;
	monotime_t at;
	int error;

	candidates_next(&connector->candidates, &destination, &source);
	item = attempts_add(
	    &connector->attempts, connector->race.count, destination, source);
	at = connector_now(connector);
	error = item == NULL ? ATTEMPT_OUT_OF_MEMORY
			     : connector_start_attempt(connector, item);
	/* A cancel may have come inside. */
	if (connector->phase != CONNECTOR_RUNNING) {
		attempts_drop(item);
		return (true);
	}
	/* ENOMEM is the kernel's, and passes as the others do. */
	if (error == ATTEMPT_OUT_OF_MEMORY || error == ENOMEM ||
	    descriptor_is_shortage(error))
		return (connector_put_off(connector, item, error));
	if (race_started(&connector->race, at) == RACE_NO_ATTEMPT)
		return (
		    connector_put_off(connector, item, ATTEMPT_OUT_OF_MEMORY));
	candidates_advance(&connector->candidates);
	events_attempt_started(&connector->events, item, cause, at);
	if (error != 0)
		connector_attempt_ended(connector, item, error);
	return (true);
}

static void
connector_time_out(struct hecat_connector *connector, size_t number)
{
	race_failed(&connector->race, number, connector_now(connector));
	connector_end_attempt(connector,
	    attempts_find(&connector->attempts, number),
	    HECAT_OUTCOME_TIMED_OUT, ETIMEDOUT);
}

/* Does one step of the race. Returns whether another may follow at once. */
static bool
connector_act(struct hecat_connector *connector, struct race_step step)
{
	monotime_t retry_at = lookup_retry_at(&connector->lookup);

	switch (step.action) {
	case RACE_START:
		if (connector_start_next(connector, step.cause))
			return (true);
		connector_fail(connector, HECAT_ERROR_MEMORY);
		return (false);
	case RACE_TIME_OUT:
		connector_time_out(connector, step.attempt);
		return (true);
	case RACE_WON:
		connector_win(connector, step.attempt);
		return (false);
	case RACE_EXPIRED:
		connector_fail(connector, HECAT_ERROR_TIMEOUT);
		return (false);
	case RACE_LOST:
		connector_finish(connector);
		return (false);
	case RACE_WAIT:
		break;
	}
	if (retry_at < step.until)
		step.until = retry_at;
	if (connector->env.timer->ops->set(connector->env.timer, step.until))
		return (false);
	connector_fail(connector, HECAT_ERROR_MEMORY);
	return (false);
}

static void
connector_on_found(struct attempts_item *item, int error, void *arg)
{
	connector_attempt_ended(arg, item, error);
}

/*
 * Ends the race where the step is no part of it, and an attempt has TCP:
 * nothing else is started, what runs is closed, and the step begins.
 */
static void
connector_decide(struct hecat_connector *connector)
{
	struct attempts_item *item, *other;
	int error;

	if (connector->is_decided || connector->decider == RACE_NO_ATTEMPT)
		return;
	connector->is_decided = true;
	item = attempts_find(&connector->attempts, connector->decider);
	for (other = TAILQ_FIRST(&connector->attempts.list); other != NULL;
	     other = TAILQ_NEXT(other, entry))
		if (other != item)
			race_failed(&connector->race, other->number,
			    connector_now(connector));
	connector_stop(connector, item);
	error = connector_begin_step(connector, item);
	if (error != ATTEMPT_ESTABLISHED)
		connector_attempt_ended(connector, item, error);
}

/* Returns what the race asks for now. */
static struct race_step
connector_next(struct hecat_connector *connector)
{
	connector_decide(connector);
	return (race_next(&connector->race, connector_now(connector),
	    connector_supply(connector)));
}

/*
 * Does what the race asks for until it asks to wait. Before it acts for the
 * first time every pending attempt is polled once, whatever the loop has
 * reported so far: a success that is there stops the next start, and of two the
 * lower number wins.
 */
static void
connector_step(struct hecat_connector *connector)
{
	struct race_step next = race_next(&connector->race,
	    connector_now(connector), connector_supply(connector));

	if (next.action != RACE_WAIT || connector->decider != RACE_NO_ATTEMPT)
		attempts_poll(&connector->attempts, connector_on_found);
	do
		next = connector_next(connector);
	while (connector->phase == CONNECTOR_RUNNING &&
	    connector_act(connector, next));
}

/* Forgets the last connect, and closes its socket unless that was taken. */
static void
connector_clear(struct hecat_connector *connector)
{
	connector_disconnect(connector);
	candidates_release(&connector->candidates);
	race_release(&connector->race);
	errors_release(&connector->errors);
	target_release(&connector->target);
	connector->error = 0;
	connector->out_of_memory = false;
}

static void
env_release(const struct connector_env *env)
{
	if (env->timer != NULL)
		env->timer->ops->release(env->timer);
	if (env->resolver != NULL)
		env->resolver->ops->release(env->resolver);
	if (env->attempts != NULL)
		env->attempts->ops->dispose(env->attempts);
	if (env->host != NULL)
		env->host->ops->release(env->host);
}

static void
connector_destroy(struct hecat_connector *connector)
{
	connector_clear(connector);
	config_release(&connector->config);
	env_release(&connector->env);
	free(connector);
}

/* Begins a call into the connector, from the loop or from its owner. */
static void
connector_enter(struct hecat_connector *connector)
{
	connector->entered++;
}

/*
 * Ends a call. The outermost one does what was asked for inside: the connector
 * may be gone afterwards.
 */
static void
connector_leave(struct hecat_connector *connector)
{
	/* An observer may cancel, start again, and cancel that, too. */
	while (connector->entered == 1 &&
	    connector->phase == CONNECTOR_CANCELLING) {
		connector_give_up(connector);
		connector_emit_end(connector, HECAT_ERROR_CANCELLED);
	}
	connector->entered--;
	if (connector->entered == 0 && connector->freed)
		connector_destroy(connector);
}

static void
connector_on_attempt(struct attempts_item *item, int error, void *arg)
{
	struct hecat_connector *connector = arg;

	connector_enter(connector);
	connector_attempt_ended(connector, item, error);
	connector_step(connector);
	connector_leave(connector);
}

static void
connector_on_answer(const struct resolver_answer *answer, void *arg)
{
	struct hecat_connector *connector = arg;

	connector_enter(connector);
	lookup_emit_answer(&connector->lookup, answer);
	if (connector->phase == CONNECTOR_RUNNING) {
		if (connector_add(connector, answer->family, answer->addresses,
			answer->count))
			connector_step(connector);
		else
			connector_fail(connector, HECAT_ERROR_MEMORY);
	}
	connector_leave(connector);
}

/* Returns false when out of memory. */
static bool
connector_begin(struct hecat_connector *connector)
{
	const struct target *target = &connector->target;

	connector->phase = CONNECTOR_RUNNING;
	if (target->is_name) {
		connector_ask(connector);
		return (true);
	}
	return (connector_add(
	    connector, AF_UNSPEC, target->addresses, target->address_count));
}

/* Asks again. One that cannot be asked is not waited for. */
static void
connector_ask_again(struct hecat_connector *connector)
{
	lookup_retry(&connector->lookup);
	if (!lookup_awaits(&connector->lookup, AF_UNSPEC))
		race_resolution_delay(&connector->race, INT64_MIN);
}

static void
connector_on_timer(void *arg)
{
	struct hecat_connector *connector = arg;

	connector_enter(connector);
	if (lookup_retry_at(&connector->lookup) <= connector_now(connector))
		connector_ask_again(connector);
	if (connector->phase == CONNECTOR_STARTED &&
	    !connector_begin(connector))
		connector_fail(connector, HECAT_ERROR_MEMORY);
	else
		connector_step(connector);
	connector_leave(connector);
}

/*
 * Starts anew, with the target that *target has, or else returns -1 with
 * `error` as errno. The timer expires at once: what comes of it comes from the
 * event loop.
 */
static int
connector_start(struct hecat_connector *connector, struct target *target,
    bool only_looks_up, int error)
{
	const struct hecat_config *config = &connector->config;
	struct timer *timer = connector->env.timer;
	monotime_t start = timer->ops->now(timer);

	if (error == 0 && !timer->ops->set(timer, start))
		error = ENOMEM;
	if (error != 0) {
		target_release(target);
		errno = error;
		return (-1);
	}
	connector_clear(connector);
	connector->target = *target;
	connector->only_looks_up = only_looks_up;
	connector->decider = RACE_NO_ATTEMPT;
	connector->is_decided = false;
	connector->env.host->ops->forget(connector->env.host);
	config_complete_zones(&connector->config);
	ordering_init(&connector->ordering, connector->env.host, config);
	candidates_init(&connector->candidates, &connector->ordering.policy);
	race_init(&connector->race, config->connection_attempt_delay,
	    config->attempt_timeout, clock_after(start, config->timeout));
	lookup_init(&connector->lookup, connector->env.resolver,
	    &connector->events, connector_on_answer, connector);
	connector->phase = CONNECTOR_STARTED;
	return (0);
}

/* Returns whether something else may be started, or else false with errno. */
static bool
connector_is_startable(const struct hecat_connector *connector)
{
	if (connector == NULL)
		errno = EINVAL;
	else if (connector->phase != CONNECTOR_IDLE)
		errno = EALREADY;
	else
		return (true);
	return (false);
}

static int
connector_start_host(struct hecat_connector *connector, const char *host,
    const char *service, bool only_looks_up)
{
	struct target target;
	int error;

	if (!connector_is_startable(connector))
		return (-1);
	error = target_init_host(
	    &target, host, service, connector->config.family);
	return (connector_start(connector, &target, only_looks_up, error));
}

static int
connector_start_list(struct hecat_connector *connector,
    const struct evutil_addrinfo *list, bool only_looks_up)
{
	struct target target;
	int error;

	if (!connector_is_startable(connector))
		return (-1);
	error = target_init_list(&target, list, connector->config.family);
	return (connector_start(connector, &target, only_looks_up, error));
}

int
hecat_connector_connect_hostname(
    struct hecat_connector *connector, const char *host, const char *service)
{
	return (connector_start_host(connector, host, service, false));
}

int
hecat_connector_connect_addrinfo(
    struct hecat_connector *connector, const struct evutil_addrinfo *list)
{
	return (connector_start_list(connector, list, false));
}

int
hecat_connector_lookup_hostname(
    struct hecat_connector *connector, const char *host, const char *service)
{
	return (connector_start_host(connector, host, service, true));
}

int
hecat_connector_lookup_addrinfo(
    struct hecat_connector *connector, const struct evutil_addrinfo *list)
{
	return (connector_start_list(connector, list, true));
}

/* Copies the configuration and joins the parts; 0 or an errno. */
static int
connector_init(
    struct hecat_connector *connector, const struct hecat_config *config)
{
	struct timer *timer = connector->env.timer;

	if (config == NULL)
		config_init(&connector->config);
	else if (!config_copy(&connector->config, config))
		return (ENOMEM);
	connector->fd = -1;
	connector->events = (struct events){
		.cb = connector_on_event,
		.arg = connector,
		.timer = timer,
	};
	attempts_init(&connector->attempts, connector->env.attempts,
	    connector_on_attempt, connector);
	timer->cb = connector_on_timer;
	timer->arg = connector;
	return (0);
}

struct hecat_connector *
connector_new(const struct connector_env *env,
    const struct hecat_config *config, hecat_connected_cb connected,
    hecat_failed_cb failed, void *arg)
{
	struct hecat_connector *connector = NULL;
	int error = EINVAL;

	if (connected == NULL || failed == NULL)
		goto fail;
	error = ENOMEM;
	if (env->timer == NULL || env->resolver == NULL ||
	    env->attempts == NULL || env->host == NULL)
		goto fail;
	connector = calloc(1, sizeof(*connector));
	if (connector == NULL)
		goto fail;
	connector->env = *env;
	connector->connected = connected;
	connector->failed = failed;
	connector->arg = arg;
	error = connector_init(connector, config);
	if (error == 0)
		return (connector);
fail:
	env_release(env);
	free(connector);
	errno = error;
	return (NULL);
}

void
hecat_connector_cancel(struct hecat_connector *connector)
{
	if (connector == NULL)
		return;
	connector_enter(connector);
	switch (connector->phase) {
	case CONNECTOR_STARTED:
	case CONNECTOR_RUNNING:
		connector->phase = CONNECTOR_CANCELLING;
		break;
	case CONNECTOR_ENDING:
		connector->phase = CONNECTOR_IDLE;
		connector_disconnect(connector);
		break;
	case CONNECTOR_IDLE:
	case CONNECTOR_CANCELLING:
		break;
	}
	connector_leave(connector);
}

void
hecat_connector_free(struct hecat_connector *connector)
{
	if (connector == NULL)
		return;
	connector->freed = true;
	hecat_connector_cancel(connector);
}

evutil_socket_t
hecat_connector_get_fd(const struct hecat_connector *connector)
{
	/* Inside the event of the end a cancel may still take it back. */
	return (connector->phase == CONNECTOR_IDLE ? connector->fd : -1);
}

evutil_socket_t
hecat_connector_take_fd(struct hecat_connector *connector)
{
	evutil_socket_t fd;

	if (connector == NULL)
		return (-1);
	fd = hecat_connector_get_fd(connector);
	if (fd != -1)
		connector->fd = -1;
	return (fd);
}

struct bufferevent *
connector_take_step_bufferevent(struct hecat_connector *connector)
{
	struct bufferevent *bufferevent = connector->bufferevent;

	if (connector->phase != CONNECTOR_IDLE)
		return (NULL);
	connector->bufferevent = NULL;
	return (bufferevent);
}

const struct sockaddr *
hecat_connector_get_peer(const struct hecat_connector *connector)
{
	return (
	    connector->phase == CONNECTOR_IDLE && connector->peer.length != 0
		? &connector->peer.sa
		: NULL);
}

struct event_base *
hecat_connector_get_base(const struct hecat_connector *connector)
{
	return (connector->env.base);
}

void *
hecat_connector_get_arg(const struct hecat_connector *connector)
{
	return (connector->arg);
}

const char *
hecat_connector_get_host(const struct hecat_connector *connector)
{
	return (connector->target.host);
}

const struct hecat_config *
hecat_connector_get_config(const struct hecat_connector *connector)
{
	return (&connector->config);
}

size_t
hecat_connector_get_candidate_count(const struct hecat_connector *connector)
{
	return (connector->candidates.count);
}

const struct sockaddr *
hecat_connector_get_candidate(
    const struct hecat_connector *connector, size_t number)
{
	if (number >= connector->candidates.count)
		return (NULL);
	return (&candidates_at(&connector->candidates, number)->address.sa);
}

int
hecat_connector_has_untried(const struct hecat_connector *connector)
{
	struct race_supply supply = connector_supply(connector);

	return (connector->phase == CONNECTOR_RUNNING &&
	    (supply.untried > 0 || supply.expected));
}

size_t
hecat_connector_get_error_count(const struct hecat_connector *connector)
{
	return (errors_count(&connector->errors));
}

const struct hecat_error_entry *
hecat_connector_get_error(
    const struct hecat_connector *connector, size_t number)
{
	return (errors_at(&connector->errors, number));
}

int
hecat_connector_format_errors(
    const struct hecat_connector *connector, char *text, size_t size)
{
	if (connector == NULL || (text == NULL && size > 0)) {
		errno = EINVAL;
		return (-1);
	}
	return (errors_format(&connector->errors, connector->target.host,
	    connector->target.service, connector->error, text, size));
}
