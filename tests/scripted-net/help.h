/* SPDX-License-Identifier: ISC */
/*
 * What --help prints.
 */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#define HELP_USAGE                                                             \
	"usage: scripted-net [-d tun|veth] [-l LOG] [-s FILE] [-e SCENARIO]\n" \
	"                    -- COMMAND [ARGUMENT...]\n"

/* Prints the usage and the scenario language in short. */
void help_print(FILE *file);

#endif
