/* SPDX-License-Identifier: ISC */
/*
 * The name servers of the network: queries are logged when they come and
 * answered when the scenario says.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns.h"
#include "memory.h"
#include "name_server.h"

#define PREFIX_SIZE 2 /* of a message over TCP: its length */

/* An answer on its way. */
struct delivery {
	struct wire_ends ends;
	struct tcp_flow *flow; /* NULL: over UDP */
	uint32_t client_start; /* of the flow */
	char type[DNS_TYPE_TEXT_MAX];
	char name[NAME_TEXT_MAX];
	struct dns_answer answer;
};

static bool
is_default(const struct ip *ip)
{
	struct ip default4, default6;

	ip_parse(&default4, DEFAULT_NAMESERVER4);
	ip_parse(&default6, DEFAULT_NAMESERVER6);
	return (ip_equal(ip, &default4) || ip_equal(ip, &default6));
}

static const struct name_server_address *
find_server(const struct scenario *scenario, const struct ip *ip)
{
	size_t i;

	for (i = 0; i < scenario->nameserver_count; i++)
		if (ip_equal(&scenario->nameservers[i].ip, ip))
			return (&scenario->nameservers[i]);
	return (NULL);
}

bool
name_server_at(const struct wire *wire, const struct wire_ends *ends)
{
	return (ends->host_port == DNS_PORT &&
	    (is_default(&ends->host) ||
		find_server(wire->scenario, &ends->host) != NULL));
}

static bool
is_silent(const struct wire *wire, const struct ip *ip)
{
	const struct name_server_address *server = find_server(
	    wire->scenario, ip);

	return (server != NULL && server->silent);
}

/* A server that is silent is none over TCP. */
static bool
serves(void *context, const struct wire_ends *ends)
{
	return (
	    name_server_at(context, ends) && !is_silent(context, &ends->host));
}

static void
send_over_udp(struct wire *wire, const struct delivery *delivery)
{
	struct packet packet = { .source = delivery->ends.host,
		.destination = delivery->ends.client,
		.protocol = IPPROTO_UDP,
		.source_port = delivery->ends.host_port,
		.destination_port = delivery->ends.client_port,
		.payload = delivery->answer.message,
		.payload_length = delivery->answer.length };

	wire_send(wire, &packet);
}

/* The connection may have ended, or be another one by now. */
static void
send_over_tcp(const struct delivery *delivery)
{
	size_t length = delivery->answer.length;
	uint8_t *message;

	if (delivery->flow->client_start != delivery->client_start)
		return;
	message = memory_new(PREFIX_SIZE + length, 1);
	message[0] = (uint8_t)(length >> 8);
	message[1] = (uint8_t)length;
	memcpy(message + PREFIX_SIZE, delivery->answer.message, length);
	tcp_flow_send(delivery->flow, message, PREFIX_SIZE + length);
	free(message);
}

static void
deliver(void *context, void *subject)
{
	struct wire *wire = context;
	struct delivery *delivery = subject;

	wire_log_event(wire->log, clock_now(), "answer", "%s %s %s over %s",
	    delivery->type, delivery->name, delivery->answer.summary,
	    delivery->flow != NULL ? "tcp" : "udp");
	if (delivery->flow != NULL)
		send_over_tcp(delivery);
	else
		send_over_udp(wire, delivery);
}

static void
log_query(struct wire *wire, const struct delivery *delivery)
{
	char host[IP_TEXT_MAX], client[IP_TEXT_MAX];

	wire_log_event(wire->log, wire->log->arrival, "query",
	    "%s %s to %s from %s %u over %s", delivery->type, delivery->name,
	    ip_format(&delivery->ends.host, host),
	    ip_format(&delivery->ends.client, client),
	    delivery->ends.client_port, delivery->flow != NULL ? "tcp" : "udp");
}

/* Prepares the answer to a query; NULL when there will be none. */
static struct delivery *
prepare(struct wire *wire, const struct wire_ends *ends, struct tcp_flow *flow,
    const uint8_t *message, size_t length)
{
	struct delivery *delivery;
	struct dns_query query;

	if (!dns_query_parse(&query, message, length)) {
		wire_log_event(wire->log, wire->log->arrival, "query",
		    "that cannot be read");
		return (NULL);
	}
	delivery = memory_new(1, sizeof(*delivery));
	delivery->ends = *ends;
	delivery->flow = flow;
	if (flow != NULL)
		delivery->client_start = flow->client_start;
	dns_type_text(query.type, delivery->type);
	snprintf(delivery->name, sizeof(delivery->name), "%s",
	    query.name[0] == '\0' ? "." : query.name);
	log_query(wire, delivery);
	dns_respond(wire->scenario, &query,
	    flow != NULL ? DNS_MESSAGE_MAX : query.udp_size, &delivery->answer);
	return (delivery);
}

/* Arranges the answer to one message. */
static void
answer(struct wire *wire, const struct wire_ends *ends, struct tcp_flow *flow,
    bool silent, const uint8_t *message, size_t length)
{
	struct delivery *delivery = prepare(wire, ends, flow, message, length);

	if (delivery == NULL)
		return;
	if (silent || delivery->answer.silent) {
		free(delivery);
		return;
	}
	timers_add(wire->timers, wire->log->arrival + delivery->answer.delay,
	    deliver, wire, delivery, true);
}

void
name_server_input(struct wire *wire, const struct packet *packet)
{
	struct wire_ends ends = wire_packet_ends(packet);

	answer(wire, &ends, NULL, is_silent(wire, &ends.host), packet->payload,
	    packet->payload_length);
}

/* Takes the whole messages among the data. */
static size_t
receive(
    void *context, struct tcp_flow *flow, const uint8_t *data, size_t length)
{
	size_t at = 0, size;

	while (at + PREFIX_SIZE <= length) {
		size = (size_t)data[at] << 8 | data[at + 1];
		if (at + PREFIX_SIZE + size > length)
			break;
		answer(context, &flow->ends, flow, false,
		    data + at + PREFIX_SIZE, size);
		at += PREFIX_SIZE + size;
	}
	return (at);
}

struct tcp_service
name_server_service(struct wire *wire)
{
	struct tcp_service service = {
		.context = wire, .serves = serves, .receive = receive
	};

	return (service);
}
