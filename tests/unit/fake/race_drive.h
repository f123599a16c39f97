/* SPDX-License-Identifier: ISC */
/*
 * race_drive.h: drives a race through a scenario in virtual time. The addresses
 * of a row are those of race_script.h. The outcome names the time of each
 * start, and the end: "0 .25: #2 wins at .3".
 */
#ifndef RACE_DRIVE_H
#define RACE_DRIVE_H

#include <stddef.h>

struct scenario {
	const char *rule;
	const char *addresses;
	const char *outcome;
	const char *causes; /* of each start, F D P L; NULL: not compared */
	const char *delay;  /* Connection Attempt Delay; NULL: .25 */
	const char *resolution_delay; /* nothing before this; NULL: none */
	const char *attempt_timeout;  /* NULL: none, as the next one */
	const char *deadline;
	size_t descriptors; /* attempts there is room for; 0: any number */
	const char *shortage_until; /* others have all descriptors until then */
};

/*
 * Fails the test when a scenario ends differently. Each is run twice, as no
 * outcome depends on the order in which simultaneous ends are reported.
 */
void race_drive_all(const struct scenario *scenarios, size_t count);

#define CHECK_ALL(scenarios) \
	race_drive_all(scenarios, sizeof(scenarios) / sizeof((scenarios)[0]))

#endif
