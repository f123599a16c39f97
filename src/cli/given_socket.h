/* SPDX-License-Identifier: ISC */
/*
 * given_socket.h: a connection that somebody else has made; --fd.
 *
 * It may be shared with other processes, so that none of its flags is changed:
 * where it would block, the relay asks for each call not to.
 */
#ifndef GIVEN_SOCKET_H
#define GIVEN_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "address.h"
#include "status.h"

/* All zero: there is none. */
struct given_socket {
	int fd;
	bool may_block; /* it is not O_NONBLOCK */
	/* The peer, as texts; of a UNIX socket the descriptor, and NULL. */
	char host[ADDRESS_TEXT_MAX];
	const char *service;
	uint16_t port; /* 0: of a UNIX socket */
	char port_text[sizeof("65535")];
};

/*
 * Finds out about `fd`, which has to be a connected stream socket of TCP or a
 * UNIX one. *given may not be moved afterwards. Returns STATUS_OK; or prints on
 * `err` what is wrong and returns the exit status.
 */
enum status given_socket_init(struct given_socket *given, int fd, FILE *err);

#endif
