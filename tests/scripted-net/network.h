/* SPDX-License-Identifier: ISC */
/*
 * The network as a running thing: takes in what the device brings and does
 * what is due, until the command has ended.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <sys/types.h>

#include "wire.h"

/*
 * Answers packets until the process `keeper` ends; returns its exit status.
 * `signals` is a signalfd for SIGCHLD and what is to end the command.
 */
int network_run(struct wire *wire, pid_t keeper, int signals);

#endif
