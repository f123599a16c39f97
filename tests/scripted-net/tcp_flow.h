/* SPDX-License-Identifier: ISC */
/*
 * One TCP connection as the scripted host sees it: sequence numbers, what is
 * still to be sent, what was received.
 *
 * The device loses nothing that TCP would have to repeat, so nothing is ever
 * retransmitted from this side; what the kernel repeats is acknowledged.
 */
#ifndef TCP_FLOW_H
#define TCP_FLOW_H

#include "wire.h"

enum flow_state {
	FLOW_LISTENING,   /* nothing was answered yet */
	FLOW_ANSWERED,    /* the SYN-ACK was sent */
	FLOW_ESTABLISHED, /* and acknowledged; FINs included */
	FLOW_RESET        /* by either side */
};

struct tcp_flow {
	struct tcp_flow *next; /* in its bucket */
	struct wire *wire;
	struct wire_ends ends;
	const struct behaviour *behaviour;
	enum flow_state state;
	uint32_t client_start; /* the sequence number of the SYN */
	unsigned syns;
	uint32_t sent_acked, sent_next, receive_next;
	uint16_t window, mss;
	uint8_t *out; /* not yet acknowledged, or not yet sent */
	size_t out_length;
	bool fin_wanted, fin_sent, fin_received;
	bool echo;
	uint8_t *in; /* what a service did not consume yet */
	size_t in_length;
	uint64_t received; /* bytes in all */
	unsigned step;     /* of the behaviour, the next one */
	bool waiting;      /* for the time of that step */
};

/* What a packet brought to an established flow. */
struct flow_news {
	bool established; /* the handshake is complete */
	const uint8_t *data;
	size_t length;
};

/* Makes a flow new, for a SYN that starts another connection. */
void tcp_flow_renew(struct tcp_flow *flow, const struct packet *syn);

/* Frees what the flow holds, not the flow. */
void tcp_flow_release(struct tcp_flow *flow);

/* Answers the SYN: accepts it or refuses it. */
void tcp_flow_accept(struct tcp_flow *flow);
void tcp_flow_refuse(struct tcp_flow *flow);

/* Takes in a packet that is no SYN, and acknowledges it. */
void tcp_flow_input(
    struct tcp_flow *flow, const struct packet *packet, struct flow_news *news);

/* Sends data, as the window of the other side allows. */
void tcp_flow_send(struct tcp_flow *flow, const void *data, size_t length);

/* Sends a FIN once all data is sent. */
void tcp_flow_close(struct tcp_flow *flow);

/* Sends a RST and forgets the connection. */
void tcp_flow_abort(struct tcp_flow *flow);

/* Sends a RST about a packet of no connection. */
void tcp_flow_reject(struct wire *wire, const struct packet *packet);

#endif
