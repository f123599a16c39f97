/* SPDX-License-Identifier: ISC */
/*
 * socket_options.h: the options that the sockets of a connect have: the
 * interface, the type of service, the TTL, buffers, MSS, keepalive, MPTCP.
 *
 * All but TCP_NODELAY are set before the socket is bound and connected, so that
 * the SYN has them. What the kernel refuses is an error that names the option:
 * found before anything is sent, on sockets that are not connected, or, where
 * it comes later, kept for the message about the connect.
 */
#ifndef SOCKET_OPTIONS_H
#define SOCKET_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "hecat.h"
#include "options/options.h"
#include "status.h"

/* All zero: nothing is asked for. */
struct socket_options {
	const struct options *options;
	const char *refused; /* the option that was refused; NULL: none */
	int error;           /* its errno */
	int family;          /* of the socket */
};

/*
 * Tries what `options` ask for, and has `config` do it to each socket; *sockets
 * has to outlive its connectors. Returns STATUS_OK; or prints on `err` what is
 * wrong and returns the exit status.
 */
enum status socket_options_init(struct socket_options *sockets,
    const struct options *options, struct hecat_config *config, FILE *err);

/* Prints the refusal, if there was one. Returns whether it has. */
bool socket_options_report(const struct socket_options *sockets, FILE *err);

/* Prepares the connected socket. Returns 0, or -1 with `refused` set. */
int socket_options_finish(struct socket_options *sockets, int fd);

#endif
