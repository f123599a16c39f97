/* SPDX-License-Identifier: ISC */
/*
 * Sends packets on behalf of the hosts of the scenario.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "memory.h"
#include "wire.h"

#define QUOTE_MAX 1280

/* An error on its way. */
struct icmp_error {
	const struct icmp_kind *kind;
	struct ip router;
	struct packet subject;
	uint8_t quote[QUOTE_MAX];
};

/* One packet at a time is built, by one thread. */
static uint8_t buffer[PACKET_SIZE_MAX];

void
wire_send(struct wire *wire, const struct packet *packet)
{
	size_t length = packet_build(buffer, packet);

	if (length > 0)
		device_write(wire->device, buffer, length);
}

/* Chooses the sender of an error that names no router. */
static struct ip
default_router(const struct packet *subject, const struct icmp_kind *kind)
{
	struct ip router = subject->destination;

	if (!kind->from_target)
		ip_parse(&router,
		    router.family == AF_INET ? DEFAULT_ROUTER4
					     : DEFAULT_ROUTER6);
	return (router);
}

/* Sends an error when its time has come. */
static void
send_icmp(void *context, void *subject)
{
	struct wire *wire = context;
	struct icmp_error *error = subject;
	const struct icmp_kind *kind = error->kind;
	bool ipv4 = error->router.family == AF_INET;
	struct wire_ends ends = wire_packet_ends(&error->subject);
	char detail[2 * IP_TEXT_MAX], text[IP_TEXT_MAX];
	size_t length;

	snprintf(detail, sizeof(detail), "%s by %s", kind->name,
	    ip_format(&error->router, text));
	wire_log_out(wire->log, "icmp", &ends, detail);
	length = packet_build_icmp(buffer, &error->router, &error->subject,
	    ipv4 ? kind->type4 : kind->type6, ipv4 ? kind->code4 : kind->code6,
	    kind->word);
	device_write(wire->device, buffer, length);
}

void
wire_send_icmp(struct wire *wire, int64_t delay, const struct packet *subject,
    const struct icmp_kind *kind, const struct ip *router)
{
	struct icmp_error *error = memory_new(1, sizeof(*error));

	error->kind = kind;
	error->router = router->family != 0 ? *router
					    : default_router(subject, kind);
	error->subject = *subject;
	if (subject->raw_length > QUOTE_MAX)
		error->subject.raw_length = QUOTE_MAX;
	memcpy(error->quote, subject->raw, error->subject.raw_length);
	error->subject.raw = error->quote;
	timers_add(
	    wire->timers, clock_now() + delay, send_icmp, wire, error, true);
}

struct wire_ends
wire_packet_ends(const struct packet *packet)
{
	struct wire_ends ends = { .host = packet->destination,
		.client = packet->source,
		.host_port = packet->destination_port,
		.client_port = packet->source_port };

	return (ends);
}
