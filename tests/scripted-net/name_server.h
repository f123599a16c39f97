/* SPDX-License-Identifier: ISC */
/*
 * The name servers of the network, over UDP and TCP.
 */
#ifndef NAME_SERVER_H
#define NAME_SERVER_H

#include "tcp_host.h"

/* Returns the TCP service of the name servers on this wire. */
struct tcp_service name_server_service(struct wire *wire);

/* Tells whether a name server, silent or not, is at the host's end. */
bool name_server_at(const struct wire *wire, const struct wire_ends *ends);

/* Takes in a UDP packet for a name server. */
void name_server_input(struct wire *wire, const struct packet *packet);

#endif
