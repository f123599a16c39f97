/* SPDX-License-Identifier: ISC */
/*
 * connect_model.h: a connect played by a slow and simple reading of the rules.
 *
 * The model knows no events. It looks at every millisecond in turn, and at
 * all the attempts in each, and asks each rule anew whether it applies.
 */
#ifndef CONNECT_MODEL_H
#define CONNECT_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define MODEL_NEVER (-1)

#define MODEL_DESTINATIONS_MAX 16
#define MODEL_SOURCES_MAX      3
#define MODEL_PAIRS_MAX        (MODEL_DESTINATIONS_MAX * MODEL_SOURCES_MAX)
#define MODEL_TEXT_MAX         1024

/* One destination, by the name that fake_address.h gives it. */
struct model_destination {
	int family;
	char name[16];
};

struct model_answer {
	int time; /* MODEL_NEVER: silence */
	struct model_destination destinations[MODEL_DESTINATIONS_MAX];
	size_t count; /* 0: negative */
};

/* What becomes of the attempt to a pair. */
struct model_fate {
	char kind; /* S R H U, as in fake_world.c */
	int after;
};

/* One case. Times are in ms. */
struct model_case {
	bool looked_up; /* answers are AAAA and A; else one list is given */
	struct model_answer answers[2];
	bool as_given; /* neither sorted nor interleaved */
	int delay;     /* MODEL_NEVER: none */
	int resolution_delay;
	int timeout;
	int attempt_timeout; /* MODEL_NEVER: none */
	size_t first_address_family_count;
	int preferred_family;
	int absent_family;
	size_t descriptors; /* 0: any number */
	struct model_destination sources[MODEL_SOURCES_MAX];
	size_t source_count;
	/* By number of the letter, family and source. */
	struct model_fate fates[26][2][MODEL_SOURCES_MAX];
};

/* The outcome of a case. */
struct model_result {
	char text[MODEL_TEXT_MAX]; /* as connect_drive.h has it */
	/* A start fell together with an answer: it is open which was first. */
	bool tied;
};

void connect_model_play(
    const struct model_case *given, struct model_result *result);

/* Returns the fate of the attempt to `destination` from source `source`. */
const struct model_fate *connect_model_fate(const struct model_case *given,
    const struct model_destination *destination, size_t source);

#endif
