/* SPDX-License-Identifier: ISC */
/*
 * tcp_socket.h: the socket of a connection attempt, and what the kernel knows
 * about it. What differs between systems is here.
 *
 * The life of a socket: tcp_socket_open(); tcp_socket_connect();
 * tcp_socket_poll() until it is connected or has failed; tcp_socket_finish(),
 * after which it is an ordinary connection. The caller owns the descriptor.
 */
#ifndef TCP_SOCKET_H
#define TCP_SOCKET_H

#include <stdbool.h>

#include "address.h"
#include "attempt.h"
#include "hecat.h"

/* Who else has a hand in making a socket. */
struct socket_request {
	hecat_socket_factory_cb factory; /* NULL: socket(2) */
	void *factory_arg;
	hecat_socket_cb prepare; /* NULL: nothing */
	void *prepare_arg;
	struct hecat_connector *connector;
	/* Whether the connect goes on: they may end it. */
	bool (*is_wanted)(const struct hecat_connector *connector);
};

/*
 * Makes the socket for `request`, non-blocking, close-on-exec and bound if a
 * source is asked for. With a source port SO_REUSEADDR lets parallel attempts
 * share it; without one the port is chosen at connect, when the destination is
 * known (IP_BIND_ADDRESS_NO_PORT). Returns the descriptor, or -1 with the
 * errno of what failed; ECANCELED where the connect is not wanted any more.
 */
int tcp_socket_open(const struct attempt_request *request);

/*
 * Begins to connect the socket. Returns 0, or the errno of a failure that
 * needed no packet.
 */
int tcp_socket_connect(int fd, const struct address *destination);

enum tcp_socket_state {
	TCP_SOCKET_CONNECTING,
	TCP_SOCKET_CONNECTED,
	TCP_SOCKET_FAILED
};

/*
 * Polls a connecting socket and returns its state, with the errno of a failure
 * in *error, else 0. The kernel returns an error once, so the caller has to
 * remember it. The sender of an ICMP error is noted in *facts.
 *
 * A socket whose SYN was answered is connected, also if the peer has reset it
 * since. The error of the reset stays in the socket, for the next read or write
 * to return.
 */
enum tcp_socket_state tcp_socket_poll(
    int fd, struct attempt_facts *facts, int *error);

/* Fills in what TCP_INFO and getsockname(2) return now. */
void tcp_socket_inspect(int fd, struct attempt_facts *facts);

/*
 * Peeks at a connected socket. Returns false while there is nothing to read;
 * otherwise true, with *error 0 (data has come), ATTEMPT_CLOSED or an errno.
 */
bool tcp_socket_has_input(int fd, int *error);

/*
 * Returns whether the socket is connected to itself: on loopback a SYN to a
 * closed port of the ephemeral range may come from that very port, and answers
 * itself (simultaneous open).
 */
bool tcp_socket_is_self_connected(int fd);

/* Closes the socket with a reset, which leaves nothing in TIME_WAIT. */
void tcp_socket_reset(int fd);

/*
 * Prepares a connected socket for use: without Nagle's algorithm, and with ICMP
 * errors no longer queued.
 */
void tcp_socket_finish(int fd, int family);

#endif
