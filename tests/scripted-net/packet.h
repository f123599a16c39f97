/* SPDX-License-Identifier: ISC */
/*
 * One IP packet, taken apart or to be put together.
 *
 * The same struct describes a packet that was received, whose `raw` and
 * `payload` point into the receive buffer, and one that is to be sent.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"

#define PACKET_SIZE_MAX 65536
#define PACKET_MTU      1500

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_ACK 0x10

struct packet {
	const uint8_t *raw;
	size_t raw_length;
	struct ip source, destination;
	uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	uint8_t tos;      /* or the traffic class */
	uint8_t ttl;      /* or the hop limit */
	uint16_t source_port, destination_port;
	uint32_t sequence, acknowledgement;
	uint8_t flags;
	uint16_t window;
	uint16_t mss; /* of the option; 0: there is none */
	bool mptcp;   /* with the option of Multipath TCP (RFC 8684) */
	const uint8_t *payload;
	size_t payload_length;
};

/* Takes apart a TCP or UDP packet; false for anything else. */
bool packet_parse(struct packet *packet, const uint8_t *raw, size_t length);

/*
 * Puts a TCP or UDP packet together in `buffer` (PACKET_SIZE_MAX bytes) and
 * returns its length, or 0 when it does not fit.
 */
size_t packet_build(uint8_t *buffer, const struct packet *packet);

/*
 * Puts together the ICMP error that `router` sends about the packet
 * `subject`, in `buffer`, and returns its length.
 */
size_t packet_build_icmp(uint8_t *buffer, const struct ip *router,
    const struct packet *subject, int type, int code, uint32_t word);

#endif
