/* SPDX-License-Identifier: ISC */
/*
 * The process between this program and the command, which sees to it that
 * nothing of the command is left when either of them ends.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <signal.h>
#include <sys/types.h>

/*
 * Starts the command, with the signal mask `mask`, under a keeper.  Returns
 * the process of the keeper, or -1 with errno set.  The keeper exits with the
 * status of the command, 128 and the signal if one ended it.  On SIGTERM it
 * ends the command; when the caller dies it kills it.
 */
pid_t keeper_start(char *const command[], const sigset_t *mask);

/* Returns the exit status of a process in a shell's words. */
int keeper_exit_status(int status);

#endif
