/* SPDX-License-Identifier: ISC */
/*
 * The connector: every event (an answer, the end of an attempt, the timer)
 * changes the race, and step() does what the race then asks for.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "attempts.h"
#include "candidates.h"
#include "config.h"
#include "connector.h"
#include "descriptor.h"
#include "events.h"
#include "lookup.h"
#include "ordering.h"
#include "race.h"

enum connector_phase {
	CONNECTOR_NEW, /* the timer of its start has not expired yet */
	CONNECTOR_CONNECTING,
	CONNECTOR_CANCELLING, /* asked for, done when no call is under way */
	CONNECTOR_ENDING, /* the end is announced, then the owner's callback */
	CONNECTOR_ENDED
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
	struct config config;
	struct events events;
	hecat_connected_cb connected;
	hecat_failed_cb failed;
	void *arg;

	struct ordering ordering;
	struct candidates candidates;
	struct lookup lookup;
	struct race race;
	struct attempts attempts;
	bool out_of_memory; /* an attempt ended with that */
};

static monotime_t
now_of(const struct hecat_connector *connector)
{
	return (connector->env.timer->ops->now(connector->env.timer));
}

/* Returns what to ask the resolver. */
static enum resolver_families
question_families(const struct hecat_config *config)
{
	if (config->family == AF_INET6)
		return (RESOLVER_IPV6);
	if (config->family == AF_INET)
		return (RESOLVER_IPV4);
	return (config->order == HECAT_ORDER_RESOLVER ? RESOLVER_BOTH_TOGETHER
						      : RESOLVER_BOTH);
}

/* Asks the resolver for the host. */
static void
ask(struct hecat_connector *connector)
{
	const struct hecat_config *given = &connector->config.given;

	lookup_start(&connector->lookup,
	    &(struct resolver_question){
		.name = connector->config.host,
		.port = given->port,
		.families = question_families(given),
		.grace = given->resolution_delay,
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
add(struct hecat_connector *connector, int family,
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
		race_candidates_added(&connector->race, now_of(connector));
	events_candidates(&connector->events, candidates);
	return (true);
}

/* Whether the answer with `family` is out, and worth waiting for. */
static bool
is_worth_waiting(struct hecat_connector *connector, int family)
{
	return (lookup_awaits(&connector->lookup, family) &&
	    ordering_may_lead(
		&connector->ordering, &connector->candidates, family));
}

/*
 * Applies the Resolution Delay (RFC 8305 section 3), which counts from the
 * answer that has just come: it is waited for a family that could still lead.
 */
static void
delay(struct hecat_connector *connector)
{
	monotime_t resolution_delay = connector->config.given.resolution_delay;
	bool waits = resolution_delay > 0 &&
	    candidates_untried(&connector->candidates) > 0 &&
	    (is_worth_waiting(connector, AF_INET6) ||
		is_worth_waiting(connector, AF_INET));

	race_resolution_delay(&connector->race,
	    waits ? clock_after(now_of(connector), resolution_delay)
		  : INT64_MIN);
}

/*
 * Adds the addresses of an answer with `family` (AF_UNSPEC: both, or given) to
 * the candidates, and applies the Resolution Delay to them. Returns false when
 * out of memory.
 */
static bool
add_addresses(struct hecat_connector *connector, int family,
    const struct address *addresses, size_t count)
{
	bool added = count == 0 || add(connector, family, addresses, count);

	if (added)
		delay(connector);
	connector->env.host->ops->rest(connector->env.host);
	return (added);
}

/* Returns what the race may draw on. */
static struct race_supply
supply_of(const struct hecat_connector *connector)
{
	return ((struct race_supply){
	    .untried = candidates_untried(&connector->candidates),
	    .expected = lookup_awaits(&connector->lookup, AF_UNSPEC),
	});
}

/* Ends an attempt with a known outcome, and reports it. */
static void
end_attempt(struct hecat_connector *connector, struct attempts_item *item,
    enum hecat_outcome outcome, int error)
{
	events_attempt_ended(&connector->events, item, outcome, error);
	attempts_drop(item);
}

/* Lets go of the lookup and of every attempt but `kept`. */
static void
stop(struct hecat_connector *connector, const struct attempts_item *kept)
{
	struct attempts_item *item, *next;

	lookup_stop(&connector->lookup);
	connector->env.timer->ops->set(connector->env.timer, MONOTIME_NEVER);
	for (item = TAILQ_FIRST(&connector->attempts.list); item != NULL;
	     item = next) {
		next = TAILQ_NEXT(item, entry);
		if (item != kept)
			end_attempt(
			    connector, item, HECAT_OUTCOME_CANCELLED, 0);
	}
}

/*
 * Announces the end. Returns whether the owner wants its callback: a cancel may
 * have come inside of the announcement.
 */
static bool
emit_end(struct hecat_connector *connector, enum hecat_error result,
    const struct address *winner)
{
	connector->phase = CONNECTOR_ENDING;
	events_ended(&connector->events, result, winner);
	if (connector->phase != CONNECTOR_ENDING)
		return (false);
	connector->phase = CONNECTOR_ENDED;
	return (true);
}

/* Hands over the winner, unless an observer cancels on the way. */
static void
finish_connected(struct hecat_connector *connector, size_t number)
{
	struct attempts_item *winner = attempts_find(
	    &connector->attempts, number);
	struct address address = winner->destination;
	int fd;

	stop(connector, winner);
	if (connector->phase != CONNECTOR_CONNECTING)
		return;
	fd = attempts_take(winner);
	end_attempt(connector, winner, HECAT_OUTCOME_WON, 0);
	if (connector->phase == CONNECTOR_CONNECTING &&
	    emit_end(connector, 0, &address))
		connector->connected(connector, fd, connector->arg);
	else
		close(fd);
}

/* Reports the failure, unless an observer cancels on the way. */
static void
finish_failed(struct hecat_connector *connector, enum hecat_error error)
{
	stop(connector, NULL);
	if (connector->phase == CONNECTOR_CONNECTING &&
	    emit_end(connector, error, NULL))
		connector->failed(connector, error, connector->arg);
}

/* Takes note of the end of an attempt; a success is kept for the race. */
static void
attempt_ended(
    struct hecat_connector *connector, struct attempts_item *item, int error)
{
	if (error == 0) {
		race_succeeded(&connector->race, item->number);
		return;
	}
	race_failed(&connector->race, item->number, now_of(connector));
	if (error == ATTEMPT_CLOSED) {
		end_attempt(connector, item, HECAT_OUTCOME_CLOSED, 0);
		return;
	}
	if (error == ATTEMPT_OUT_OF_MEMORY) {
		connector->out_of_memory = true;
		error = ENOMEM;
	}
	end_attempt(connector, item, HECAT_OUTCOME_FAILED, error);
}

/*
 * Puts the start off, with what there is of its attempt, until another attempt
 * ends or some time has passed. Returns false when memory is lacking and no
 * attempt is there that would give some back.
 */
static bool
put_off(
    struct hecat_connector *connector, struct attempts_item *item, int error)
{
	if (item != NULL)
		attempts_drop(item);
	if (error == ATTEMPT_OUT_OF_MEMORY) {
		if (race_pending(&connector->race) == 0)
			return (false);
		error = ENOMEM;
	}
	if (!connector->race.out_of_descriptors)
		events_out_of_descriptors(&connector->events, error, false);
	race_out_of_descriptors(&connector->race, now_of(connector));
	return (true);
}

/* Returns what is the same for every attempt. */
static struct attempt_request
request(const struct hecat_config *given)
{
	return ((struct attempt_request){
	    .source_port = given->source_port,
	    .success = given->success,
	    .open_time = given->success_open,
	});
}

/*
 * Starts the next candidate; one that fails without a packet has ended with
 * it. Returns false when out of memory for good.
 */
static bool
start_next(struct hecat_connector *connector, enum hecat_cause cause)
{
	const struct address *destination, *source;
	struct attempts_item *item;
	monotime_t at;
	int error;

	candidates_next(&connector->candidates, &destination, &source);
	item = attempts_add(
	    &connector->attempts, connector->race.count, destination, source);
	at = now_of(connector);
	error = item == NULL
	    ? ATTEMPT_OUT_OF_MEMORY
	    : attempts_start(item, request(&connector->config.given));
	/* ENOMEM is the kernel's, and passes as the others do. */
	if (error == ATTEMPT_OUT_OF_MEMORY || error == ENOMEM ||
	    descriptor_is_shortage(error))
		return (put_off(connector, item, error));
	if (race_started(&connector->race, at) == RACE_NO_ATTEMPT)
		return (put_off(connector, item, ATTEMPT_OUT_OF_MEMORY));
	candidates_advance(&connector->candidates);
	events_attempt_started(&connector->events, item, cause, at);
	if (error != 0)
		attempt_ended(connector, item, error);
	return (true);
}

static void
time_out(struct hecat_connector *connector, size_t number)
{
	race_failed(&connector->race, number, now_of(connector));
	end_attempt(connector, attempts_find(&connector->attempts, number),
	    HECAT_OUTCOME_TIMED_OUT, ETIMEDOUT);
}

static enum hecat_error
cause_of_loss(const struct hecat_connector *connector)
{
	if (connector->out_of_memory)
		return (HECAT_ERROR_MEMORY);
	if (connector->race.count > 0)
		return (HECAT_ERROR_CONNECT);
	return (lookup_lacked_memory(&connector->lookup) ? HECAT_ERROR_MEMORY
							 : HECAT_ERROR_RESOLVE);
}

/* Does one step of the race. Returns whether another may follow at once. */
static bool
act(struct hecat_connector *connector, struct race_step step)
{
	monotime_t retry_at = lookup_retry_at(&connector->lookup);

	switch (step.action) {
	case RACE_START:
		if (start_next(connector, step.cause))
			return (true);
		finish_failed(connector, HECAT_ERROR_MEMORY);
		return (false);
	case RACE_TIME_OUT:
		time_out(connector, step.attempt);
		return (true);
	case RACE_WON:
		finish_connected(connector, step.attempt);
		return (false);
	case RACE_EXPIRED:
		finish_failed(connector, HECAT_ERROR_TIMEOUT);
		return (false);
	case RACE_LOST:
		finish_failed(connector, cause_of_loss(connector));
		return (false);
	case RACE_WAIT:
		break;
	}
	if (retry_at < step.until)
		step.until = retry_at;
	if (connector->env.timer->ops->set(connector->env.timer, step.until))
		return (false);
	finish_failed(connector, HECAT_ERROR_MEMORY);
	return (false);
}

static void
on_found(struct attempts_item *item, int error, void *arg)
{
	attempt_ended(arg, item, error);
}

/*
 * Does what the race asks for until it asks to wait. Before it acts for the
 * first time every pending attempt is polled once, whatever the loop has
 * reported so far: a success that is there stops the next start, and of two the
 * lower number wins.
 */
static void
step(struct hecat_connector *connector)
{
	struct race_step next = race_next(
	    &connector->race, now_of(connector), supply_of(connector));

	if (next.action != RACE_WAIT) {
		attempts_poll(&connector->attempts, on_found);
		next = race_next(
		    &connector->race, now_of(connector), supply_of(connector));
	}
	while (connector->phase == CONNECTOR_CONNECTING && act(connector, next))
		next = race_next(
		    &connector->race, now_of(connector), supply_of(connector));
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
destroy(struct hecat_connector *connector)
{
	candidates_release(&connector->candidates);
	race_release(&connector->race);
	config_release(&connector->config);
	env_release(&connector->env);
	free(connector);
}

/* Begins a call into the connector, from the loop or from its owner. */
static void
enter(struct hecat_connector *connector)
{
	connector->entered++;
}

/*
 * Ends a call. The outermost one does what was asked for inside: the connector
 * may be gone afterwards.
 */
static void
leave(struct hecat_connector *connector)
{
	if (connector->entered == 1 &&
	    connector->phase == CONNECTOR_CANCELLING) {
		stop(connector, NULL);
		emit_end(connector, HECAT_ERROR_CANCELLED, NULL);
		connector->phase = CONNECTOR_ENDED;
	}
	connector->entered--;
	if (connector->entered == 0 && connector->freed)
		destroy(connector);
}

static void
on_attempt(struct attempts_item *item, int error, void *arg)
{
	struct hecat_connector *connector = arg;

	enter(connector);
	attempt_ended(connector, item, error);
	step(connector);
	leave(connector);
}

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct hecat_connector *connector = arg;

	enter(connector);
	lookup_emit_answer(&connector->lookup, answer);
	if (connector->phase == CONNECTOR_CONNECTING) {
		if (add_addresses(connector, answer->family, answer->addresses,
			answer->count))
			step(connector);
		else
			finish_failed(connector, HECAT_ERROR_MEMORY);
	}
	leave(connector);
}

/* Begins from inside the loop, so that no callback comes before new returns. */
static bool
begin(struct hecat_connector *connector)
{
	connector->phase = CONNECTOR_CONNECTING;
	if (connector->config.host != NULL) {
		ask(connector);
		return (true);
	}
	return (add_addresses(connector, AF_UNSPEC, connector->config.addresses,
	    connector->config.address_count));
}

static void
on_timer(void *arg)
{
	struct hecat_connector *connector = arg;

	enter(connector);
	if (lookup_retry_at(&connector->lookup) <= now_of(connector))
		lookup_retry(&connector->lookup);
	if (connector->phase == CONNECTOR_NEW && !begin(connector))
		finish_failed(connector, HECAT_ERROR_MEMORY);
	else
		step(connector);
	leave(connector);
}

/* Sets everything up; the timer expires at once. */
static bool
init(struct hecat_connector *connector)
{
	const struct hecat_config *given = &connector->config.given;
	struct timer *timer = connector->env.timer;
	monotime_t start = timer->ops->now(timer);

	connector->events = (struct events){
		.cb = given->observer,
		.arg = given->observer_arg,
		.timer = timer,
	};
	ordering_init(
	    &connector->ordering, connector->env.host, &connector->config);
	candidates_init(&connector->candidates, &connector->ordering.policy);
	race_init(&connector->race, given->connection_attempt_delay,
	    given->attempt_timeout, clock_after(start, given->timeout));
	lookup_init(&connector->lookup, connector->env.resolver,
	    &connector->events, on_answer, connector);
	attempts_init(&connector->attempts, connector->env.attempts, on_attempt,
	    connector);
	timer->cb = on_timer;
	timer->arg = connector;
	return (timer->ops->set(timer, start));
}

struct hecat_connector *
connector_new(const struct connector_env *env,
    const struct hecat_config *config, hecat_connected_cb connected,
    hecat_failed_cb failed, void *arg)
{
	struct hecat_connector *connector = calloc(1, sizeof(*connector));
	int error = ENOMEM;

	if (connector == NULL || env->timer == NULL || env->resolver == NULL ||
	    env->attempts == NULL || env->host == NULL)
		goto fail;
	connector->env = *env;
	connector->connected = connected;
	connector->failed = failed;
	connector->arg = arg;
	error = config_init(&connector->config, config);
	if (error == 0 && !init(connector))
		error = ENOMEM;
	if (error == 0)
		return (connector);
	config_release(&connector->config);
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
	enter(connector);
	switch (connector->phase) {
	case CONNECTOR_NEW:
	case CONNECTOR_CONNECTING:
		connector->phase = CONNECTOR_CANCELLING;
		break;
	case CONNECTOR_ENDING:
		connector->phase = CONNECTOR_ENDED;
		break;
	case CONNECTOR_CANCELLING:
	case CONNECTOR_ENDED:
		break;
	}
	leave(connector);
}

void
hecat_connector_free(struct hecat_connector *connector)
{
	if (connector == NULL)
		return;
	connector->events.cb = NULL;
	connector->freed = true;
	hecat_connector_cancel(connector);
}
