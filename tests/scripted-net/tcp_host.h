/* SPDX-License-Identifier: ISC */
/*
 * The TCP side of every host: looks up what the scenario says of a SYN,
 * answers it in time and plays the steps of the connection.
 */
#ifndef TCP_HOST_H
#define TCP_HOST_H

#include "tcp_flow.h"

/* A server of this program's own, which accepts at once. */
struct tcp_service {
	void *context;

	/* Tells whether it is to be found at the host's end. */
	bool (*serves)(void *context, const struct wire_ends *ends);

	/* Takes all data not consumed so far; returns how much it consumes. */
	size_t (*receive)(void *context, struct tcp_flow *flow,
	    const uint8_t *data, size_t length);
};

struct tcp_hosts;

/* Creates the hosts; they are released with tcp_hosts_free(). */
struct tcp_hosts *tcp_hosts_new(
    struct wire *wire, const struct tcp_service *service);
void tcp_hosts_free(struct tcp_hosts *hosts);

/* Takes in a TCP packet. */
void tcp_hosts_input(struct tcp_hosts *hosts, const struct packet *packet);

#endif
