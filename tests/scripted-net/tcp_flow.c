/* SPDX-License-Identifier: ISC */
/*
 * One TCP connection as the scripted host sees it (RFC 9293, without options
 * but the segment size, and without retransmission).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "tcp_flow.h"

#define OWN_START   1000
#define OWN_WINDOW  65535
#define OWN_MSS4    1460
#define OWN_MSS6    1440
#define DEFAULT_MSS 536
#define MINIMUM_MSS 64

/* Tells whether sequence number `a` comes before `b`. */
static bool
before(uint32_t a, uint32_t b)
{
	return ((int32_t)(a - b) < 0);
}

void
tcp_flow_release(struct tcp_flow *flow)
{
	free(flow->out);
	free(flow->in);
	flow->out = flow->in = NULL;
	flow->out_length = flow->in_length = 0;
}

static uint16_t
own_mss(const struct tcp_flow *flow)
{
	return (flow->ends.host.family == AF_INET ? OWN_MSS4 : OWN_MSS6);
}

void
tcp_flow_renew(struct tcp_flow *flow, const struct packet *syn)
{
	struct tcp_flow renewed = { .next = flow->next,
		.wire = flow->wire,
		.ends = flow->ends,
		.behaviour = flow->behaviour,
		.client_start = syn->sequence,
		.receive_next = syn->sequence + 1,
		.sent_acked = OWN_START,
		.sent_next = OWN_START,
		.window = syn->window,
		.mss = syn->mss };

	tcp_flow_release(flow);
	*flow = renewed;
	if (flow->mss < MINIMUM_MSS)
		flow->mss = DEFAULT_MSS;
	if (flow->mss > own_mss(flow))
		flow->mss = own_mss(flow);
}

/* Returns a packet of the flow that carries nothing but its flags. */
static struct packet
segment(const struct tcp_flow *flow, uint8_t flags)
{
	struct packet packet = { .source = flow->ends.host,
		.destination = flow->ends.client,
		.protocol = IPPROTO_TCP,
		.source_port = flow->ends.host_port,
		.destination_port = flow->ends.client_port,
		.sequence = flow->sent_next,
		.acknowledgement = flow->receive_next,
		.flags = flags,
		.window = OWN_WINDOW };

	return (packet);
}

static void
send_flags(struct tcp_flow *flow, uint8_t flags)
{
	struct packet packet = segment(flow, flags);

	wire_send(flow->wire, &packet);
}

/* A SYN that was answered before gets the same answer again. */
void
tcp_flow_accept(struct tcp_flow *flow)
{
	struct packet packet = segment(flow, TCP_FLAG_SYN | TCP_FLAG_ACK);

	if (flow->state != FLOW_LISTENING && flow->state != FLOW_ANSWERED)
		return;
	flow->state = FLOW_ANSWERED;
	packet.sequence = OWN_START;
	packet.mss = own_mss(flow);
	flow->sent_next = OWN_START + 1;
	wire_log_out(flow->wire->log, "syn-ack", &flow->ends, "");
	wire_send(flow->wire, &packet);
}

void
tcp_flow_refuse(struct tcp_flow *flow)
{
	struct packet packet = segment(flow, TCP_FLAG_RST | TCP_FLAG_ACK);

	packet.sequence = 0;
	packet.window = 0;
	wire_log_out(flow->wire->log, "rst-out", &flow->ends, "");
	wire_send(flow->wire, &packet);
}

void
tcp_flow_abort(struct tcp_flow *flow)
{
	if (flow->state == FLOW_RESET)
		return;
	wire_log_out(flow->wire->log, "rst-out", &flow->ends, "");
	send_flags(flow, TCP_FLAG_RST | TCP_FLAG_ACK);
	flow->state = FLOW_RESET;
}

void
tcp_flow_reject(struct wire *wire, const struct packet *packet)
{
	struct packet answer = { .source = packet->destination,
		.destination = packet->source,
		.protocol = IPPROTO_TCP,
		.source_port = packet->destination_port,
		.destination_port = packet->source_port,
		.sequence = packet->acknowledgement,
		.flags = TCP_FLAG_RST };
	struct wire_ends ends = wire_packet_ends(packet);

	wire_log_out(wire->log, "rst-out", &ends, "");
	wire_send(wire, &answer);
}

/* Sends the next segment of data; false when the window has no room. */
static bool
send_data(struct tcp_flow *flow, size_t sent)
{
	struct packet packet = segment(flow, TCP_FLAG_ACK | TCP_FLAG_PSH);
	size_t length = flow->out_length - sent;
	char detail[32];

	if (sent >= flow->window)
		return (false);
	if (length > flow->window - sent)
		length = flow->window - sent;
	if (length > flow->mss)
		length = flow->mss;
	packet.payload = flow->out + sent;
	packet.payload_length = length;
	flow->sent_next += (uint32_t)length;
	snprintf(detail, sizeof(detail), "%zu", length);
	wire_log_out(flow->wire->log, "data-out", &flow->ends, detail);
	wire_send(flow->wire, &packet);
	return (true);
}

/* Sends what may be sent now: data, then the FIN. */
static void
push(struct tcp_flow *flow)
{
	size_t sent = flow->sent_next - flow->sent_acked;

	if (flow->state != FLOW_ESTABLISHED || flow->fin_sent)
		return;
	while (sent < flow->out_length && send_data(flow, sent))
		sent = flow->sent_next - flow->sent_acked;
	if (sent < flow->out_length || !flow->fin_wanted)
		return;
	wire_log_out(flow->wire->log, "fin-out", &flow->ends, "");
	send_flags(flow, TCP_FLAG_FIN | TCP_FLAG_ACK);
	flow->sent_next++;
	flow->fin_sent = true;
}

void
tcp_flow_send(struct tcp_flow *flow, const void *data, size_t length)
{
	uint8_t *out;

	if (length == 0 || flow->fin_wanted)
		return;
	out = realloc(flow->out, flow->out_length + length);
	if (out == NULL)
		return;
	memcpy(out + flow->out_length, data, length);
	flow->out = out;
	flow->out_length += length;
	push(flow);
}

void
tcp_flow_close(struct tcp_flow *flow)
{
	flow->fin_wanted = true;
	push(flow);
}

/* Forgets what the other side acknowledged. */
static void
take_acknowledgement(struct tcp_flow *flow, const struct packet *packet)
{
	uint32_t ack = packet->acknowledgement;
	size_t count = ack - flow->sent_acked;

	if ((packet->flags & TCP_FLAG_ACK) == 0 ||
	    before(ack, flow->sent_acked) || before(flow->sent_next, ack))
		return;
	flow->sent_acked = ack;
	flow->window = packet->window;
	if (count > flow->out_length)
		count = flow->out_length;
	if (count == 0)
		return;
	flow->out_length -= count;
	memmove(flow->out, flow->out + count, flow->out_length);
}

/* Takes in order what is new of the data; the rest will be repeated. */
static void
take_data(
    struct tcp_flow *flow, const struct packet *packet, struct flow_news *news)
{
	uint32_t known = flow->receive_next - packet->sequence;
	char detail[32];

	if (before(flow->receive_next, packet->sequence) ||
	    known >= packet->payload_length)
		return;
	news->data = packet->payload + known;
	news->length = packet->payload_length - known;
	flow->receive_next += (uint32_t)news->length;
	flow->received += news->length;
	snprintf(detail, sizeof(detail), "%zu", news->length);
	wire_log_in(flow->wire->log, "data-in", &flow->ends, detail);
}

static void
take_fin(struct tcp_flow *flow, const struct packet *packet)
{
	uint32_t end = packet->sequence + (uint32_t)packet->payload_length;

	if ((packet->flags & TCP_FLAG_FIN) == 0 || flow->fin_received ||
	    end != flow->receive_next)
		return;
	flow->fin_received = true;
	flow->receive_next++;
	wire_log_in(flow->wire->log, "fin-in", &flow->ends, "");
}

/* Completes the handshake with the acknowledgement of the SYN-ACK. */
static void
take_handshake(
    struct tcp_flow *flow, const struct packet *packet, struct flow_news *news)
{
	if (flow->state != FLOW_ANSWERED ||
	    (packet->flags & TCP_FLAG_ACK) == 0 ||
	    packet->acknowledgement != flow->sent_next)
		return;
	flow->state = FLOW_ESTABLISHED;
	flow->sent_acked = flow->sent_next;
	flow->window = packet->window;
	news->established = true;
	wire_log_in(flow->wire->log, "ack", &flow->ends, "");
}

/* A bare acknowledgement in order is the only packet that needs no answer. */
void
tcp_flow_input(
    struct tcp_flow *flow, const struct packet *packet, struct flow_news *news)
{
	bool in_order = packet->sequence == flow->receive_next;

	memset(news, 0, sizeof(*news));
	if ((packet->flags & TCP_FLAG_RST) != 0) {
		wire_log_in(flow->wire->log, "rst-in", &flow->ends, "");
		flow->state = FLOW_RESET;
		return;
	}
	take_handshake(flow, packet, news);
	if (flow->state == FLOW_RESET)
		tcp_flow_reject(flow->wire, packet);
	if (flow->state != FLOW_ESTABLISHED)
		return;
	take_acknowledgement(flow, packet);
	take_data(flow, packet, news);
	take_fin(flow, packet);
	if (!in_order || packet->payload_length > 0 ||
	    (packet->flags & TCP_FLAG_FIN) != 0)
		send_flags(flow, TCP_FLAG_ACK);
	if (flow->echo)
		tcp_flow_send(flow, news->data, news->length);
	push(flow);
}
