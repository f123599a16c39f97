/* SPDX-License-Identifier: ISC */
/*
 * When the write side is shut down: the rules, one by one, for whatever is
 * asked for and whatever is the case.
 */
#include "choices.h"
#include "relay/half_close.h"

static monotime_t
choose_duration(struct choices *choices)
{
	return (choose_one_in(choices, 3)
		? MONOTIME_NEVER
		: choose_number(choices) & INT64_C(0xffffffffffffff));
}

/* The options, by their rank. */
static void
check_wait(const struct half_close_config *config, monotime_t wait)
{
	CHECK(wait >= 0);
	if (config->receive_only) {
		CHECK(wait == MONOTIME_NEVER);
		return;
	}
	if (config->asked != HALF_CLOSE_DEFAULT) {
		CHECK(wait == config->asked);
		return;
	}
	if (config->send_only || config->quit_after == 0) {
		CHECK(wait == 0);
		return;
	}
	if (config->input_is_null) {
		CHECK(wait == MONOTIME_NEVER);
		return;
	}
	CHECK(wait <= HALF_CLOSE_WAIT);
	CHECK(wait <= config->quit_after / 2);
	CHECK(wait <= config->idle_timeout / 2);
	CHECK(wait == HALF_CLOSE_WAIT || wait == config->quit_after / 2 ||
	    wait == config->idle_timeout / 2);
}

static void
check_due(monotime_t wait, const struct half_close_facts *facts, monotime_t due)
{
	if (wait == MONOTIME_NEVER || !facts->input_sent) {
		CHECK(due == MONOTIME_NEVER);
		return;
	}
	if (wait == 0 || facts->peer_ended) {
		CHECK(due <= facts->moved_at);
		return;
	}
	if (facts->unacked > 0 || facts->unwritten > 0) {
		CHECK(due == MONOTIME_NEVER);
		return;
	}
	CHECK(due == facts->moved_at + wait);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };
	const struct half_close_config config = {
		.asked = choose_one_in(&choices, 2) ? HALF_CLOSE_DEFAULT
						    : choose_duration(&choices),
		.quit_after = choose_duration(&choices),
		.idle_timeout = choose_duration(&choices),
		.send_only = choose_one_in(&choices, 4),
		.receive_only = choose_one_in(&choices, 4),
		.input_is_null = choose_one_in(&choices, 4),
	};
	const struct half_close_facts facts = {
		.input_sent = choose_one_in(&choices, 2),
		.peer_ended = choose_one_in(&choices, 2),
		.unacked = choose(&choices, 3),
		.unwritten = choose(&choices, 3),
		.moved_at = choose_number(&choices) & INT64_C(0xffffffffffffff),
	};
	monotime_t wait = half_close_wait(&config);

	check_wait(&config, wait);
	check_due(wait, &facts, half_close_due(wait, &facts));
	CHECK(half_close_interval(wait) > 0);
	CHECK(half_close_interval(wait) <= MONOTIME_PER_SECOND / 2);
	return (0);
}
