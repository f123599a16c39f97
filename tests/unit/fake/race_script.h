/* SPDX-License-Identifier: ISC */
/*
 * race_script.h: what becomes of each address of a race, by a text.
 *
 * An address is what becomes of the attempt and after how many seconds: "1S"
 * succeeds, ".2R" is refused, "0R" fails without a packet, "H" is a black hole;
 * ".1T.3S" has TCP after .1, which is its round trip time, too, and ends at .3.
 * What follows "+.5" is answered at .5; until then the lookup is out.
 */
#ifndef RACE_SCRIPT_H
#define RACE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"

#define RACE_SCRIPT_MAX 64

/* One address of a scenario, and the attempt to it. */
struct race_script_address {
	monotime_t answered; /* when the lookup brings it */
	monotime_t rtt;      /* TCP is there after this; NEVER: at its end */
	bool established;    /* and the race knows it */
	monotime_t after;    /* the attempt ends; MONOTIME_NEVER: black hole */
	bool succeeds;
	bool ended;
	monotime_t started;
	monotime_t end;
};

struct race_script {
	struct race_script_address addresses[RACE_SCRIPT_MAX];
	size_t count;
	monotime_t last_answer;
};

/* Adds what `text` has to a script, which begins as zeroes. */
void race_script_read(struct race_script *script, const char *text);

#endif
