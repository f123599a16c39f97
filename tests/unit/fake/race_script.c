/* SPDX-License-Identifier: ISC */
/*
 * Words into times and outcomes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fake/race_script.h"
#include "fake/seconds.h"

#define TEXT_MAX 512

static void
add_address(struct race_script *script, const char *word)
{
	struct race_script_address *address = &script->addresses[script->count];

	assert_true(script->count < RACE_SCRIPT_MAX);
	address->answered = script->last_answer;
	address->succeeds = strchr(word, 'S') != NULL;
	address->rtt = MONOTIME_NEVER;
	if (strchr(word, 'T') != NULL) {
		address->rtt = seconds_parse(word);
		word = strchr(word, 'T') + 1;
	}
	address->after = *word == 'H' ? MONOTIME_NEVER : seconds_parse(word);
	script->count++;
}

void
race_script_read(struct race_script *script, const char *text)
{
	char copy[TEXT_MAX] = "";
	char *rest = copy;

	text_append(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (*word == '+')
			script->last_answer = seconds_parse(word + 1);
		else
			add_address(script, word);
	}
}
