/* SPDX-License-Identifier: ISC */
/*
 * tcp_socket.h: the socket of a connection attempt, and what the kernel knows
 * about it. Everything that differs between systems is in here.
 */
#ifndef TCP_SOCKET_H
#define TCP_SOCKET_H

#include <stdbool.h>

#include "address.h"
#include "attempt.h"

/*
 * Makes the socket for `request`, non-blocking, close-on-exec and bound if a
 * source is asked for. With a source port SO_REUSEADDR lets parallel attempts
 * share it; without one the port is chosen at connect, when the destination is
 * known (IP_BIND_ADDRESS_NO_PORT). Returns the descriptor, or -1 with the
 * errno of what failed.
 */
int tcp_socket_open(const struct attempt_request *request);

/*
 * Looks at a connecting socket without waiting. Returns false while it is
 * still connecting; otherwise true, with *error 0 (connected) or the errno.
 * The kernel tells an error once: whoever has asked must remember.
 */
bool tcp_socket_ended(int fd, struct attempt_facts *facts, int *error);

/*
 * Says how the connecting of a socket ended of which the kernel has told
 * `error` (0: none) with its end. Returns 0, connected, or the errno: an ICMP
 * error may be in store, whose sender is noted; and what is writable may be
 * closed, refused inside connect(2) as on some systems.
 */
int tcp_socket_outcome(int fd, int error, struct attempt_facts *facts);

/* Fills in what TCP_INFO and getsockname(2) know now. */
void tcp_socket_inspect(int fd, struct attempt_facts *facts);

/* Turns the socket of an attempt into that of a connection. */
void tcp_socket_finish(int fd, int family);

#endif
