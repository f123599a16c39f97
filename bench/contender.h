/* SPDX-License-Identifier: ISC */
/*
 * contender.h: who takes part in a direction, and with which command line.
 */
#ifndef CONTENDER_H
#define CONTENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "direction.h"

#define CONTENDER_NAME_MAX 32
#define CONTENDER_ARGS_MAX 12
#define CONTENDERS_MAX     16

struct contender {
	char name[CONTENDER_NAME_MAX];
	bool bare;   /* one of the loops that are the ceiling */
	bool weaker; /* it promises less, and is compared with its like */
	char line[512];
	char *argv[CONTENDER_ARGS_MAX]; /* into `line` */
};

/*
 * Lists the contenders of a direction that are installed, to connect to a port
 * of 127.0.0.1; of `only`, names between commas, or all where that is NULL.
 * $HECAT and $BARE name our programs. Returns how many.
 */
size_t contenders_list(struct contender list[CONTENDERS_MAX],
    const struct direction *direction, const char *only, int port);

#endif
