/* SPDX-License-Identifier: ISC */
/*
 * IPv4, IPv6, TCP, UDP and ICMP on the wire, with their checksums.
 */
#include <netinet/in.h>
#include <string.h>

#include "packet.h"

#define IPV4_HEADER    20
#define IPV6_HEADER    40
#define TCP_HEADER     20
#define UDP_HEADER     8
#define ICMP_HEADER    8
#define HOP_LIMIT      64
#define MSS_OPTION     2
#define MSS_SIZE       4
#define MPTCP_OPTION   30
#define IPV4_ERROR_MAX 576
#define IPV6_ERROR_MAX 1280

static uint16_t
get16(const uint8_t *bytes)
{
	return ((uint16_t)(bytes[0] << 8 | bytes[1]));
}

static uint32_t
get32(const uint8_t *bytes)
{
	return ((uint32_t)get16(bytes) << 16 | get16(bytes + 2));
}

static void
put16(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void
put32(uint8_t *bytes, uint32_t value)
{
	put16(bytes, value >> 16);
	put16(bytes + 2, value & 0xffff);
}

/* Adds bytes to a ones' complement sum that is not folded yet. */
static uint32_t
sum(uint32_t total, const uint8_t *bytes, size_t length)
{
	size_t i;

	for (i = 0; i + 1 < length; i += 2)
		total += get16(bytes + i);
	if (length % 2 == 1)
		total += (uint32_t)bytes[length - 1] << 8;
	return (total);
}

static uint16_t
fold(uint32_t total)
{
	while (total > 0xffff)
		total = (total >> 16) + (total & 0xffff);
	return ((uint16_t)~total);
}

/* Computes a transport checksum over the pseudo-header and the segment. */
static uint16_t
transport_checksum(const struct ip *source, const struct ip *destination,
    int protocol, const uint8_t *segment, size_t length)
{
	uint32_t total = (uint32_t)protocol + (uint32_t)length;

	total = sum(total, source->bytes, ip_size(source));
	total = sum(total, destination->bytes, ip_size(destination));
	return (fold(sum(total, segment, length)));
}

/* Finds the transport header of an IPv4 packet; 0 when there is none. */
static size_t
parse_ipv4(struct packet *packet, const uint8_t *raw, size_t *length)
{
	size_t header = (size_t)(raw[0] & 0x0f) * 4;
	size_t total;

	if (*length < IPV4_HEADER || header < IPV4_HEADER || header > *length)
		return (0);
	total = get16(raw + 2);
	if (total != 0 && total >= header && total < *length)
		*length = total;
	if ((get16(raw + 6) & 0x1fff) != 0)
		return (0);
	packet->tos = raw[1];
	packet->ttl = raw[8];
	packet->protocol = raw[9];
	packet->source.family = packet->destination.family = AF_INET;
	memcpy(packet->source.bytes, raw + 12, 4);
	memcpy(packet->destination.bytes, raw + 16, 4);
	return (header);
}

/* The kernel's own TCP and UDP carry no extension headers: none are read. */
static size_t
parse_ipv6(struct packet *packet, const uint8_t *raw, size_t *length)
{
	size_t total;

	if (*length < IPV6_HEADER)
		return (0);
	total = IPV6_HEADER + (size_t)get16(raw + 4);
	if (total > IPV6_HEADER && total < *length)
		*length = total;
	packet->tos = (uint8_t)(get16(raw) >> 4);
	packet->ttl = raw[7];
	packet->protocol = raw[6];
	packet->source.family = packet->destination.family = AF_INET6;
	memcpy(packet->source.bytes, raw + 8, 16);
	memcpy(packet->destination.bytes, raw + 24, 16);
	return (IPV6_HEADER);
}

/* Reads the options of a SYN that are of interest. */
static void
read_options(struct packet *packet, const uint8_t *options, size_t length)
{
	size_t i = 0;

	while (i < length && options[i] != 0) {
		if (options[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= length || options[i + 1] < 2)
			return;
		if (options[i] == MSS_OPTION && i + MSS_SIZE <= length)
			packet->mss = get16(options + i + 2);
		if (options[i] == MPTCP_OPTION)
			packet->mptcp = true;
		i += options[i + 1];
	}
}

static bool
parse_tcp(struct packet *packet, const uint8_t *segment, size_t length)
{
	size_t header;

	if (length < TCP_HEADER)
		return (false);
	header = (size_t)(segment[12] >> 4) * 4;
	if (header < TCP_HEADER || header > length)
		return (false);
	packet->sequence = get32(segment + 4);
	packet->acknowledgement = get32(segment + 8);
	packet->flags = segment[13];
	packet->window = get16(segment + 14);
	read_options(packet, segment + TCP_HEADER, header - TCP_HEADER);
	packet->payload = segment + header;
	packet->payload_length = length - header;
	return (true);
}

bool
packet_parse(struct packet *packet, const uint8_t *raw, size_t length)
{
	size_t header;

	memset(packet, 0, sizeof(*packet));
	if (length == 0)
		return (false);
	header = raw[0] >> 4 == 4 ? parse_ipv4(packet, raw, &length)
				  : parse_ipv6(packet, raw, &length);
	if (header == 0 || length < header + UDP_HEADER)
		return (false);
	packet->raw = raw;
	packet->raw_length = length;
	packet->source_port = get16(raw + header);
	packet->destination_port = get16(raw + header + 2);
	if (packet->protocol == IPPROTO_TCP)
		return (parse_tcp(packet, raw + header, length - header));
	packet->payload = raw + header + UDP_HEADER;
	packet->payload_length = length - header - UDP_HEADER;
	return (packet->protocol == IPPROTO_UDP);
}

/* Writes the IP header in front of `length` bytes; returns its own length. */
static size_t
build_ip(uint8_t *buffer, const struct ip *source, const struct ip *destination,
    int protocol, size_t length)
{
	if (source->family == AF_INET) {
		memset(buffer, 0, IPV4_HEADER);
		buffer[0] = 0x45;
		put16(buffer + 2, (uint32_t)(IPV4_HEADER + length));
		put16(buffer + 6, 0x4000);
		buffer[8] = HOP_LIMIT;
		buffer[9] = (uint8_t)protocol;
		memcpy(buffer + 12, source->bytes, 4);
		memcpy(buffer + 16, destination->bytes, 4);
		put16(buffer + 10, fold(sum(0, buffer, IPV4_HEADER)));
		return (IPV4_HEADER);
	}
	memset(buffer, 0, IPV6_HEADER);
	buffer[0] = 0x60;
	put16(buffer + 4, (uint32_t)length);
	buffer[6] = (uint8_t)protocol;
	buffer[7] = HOP_LIMIT;
	memcpy(buffer + 8, source->bytes, 16);
	memcpy(buffer + 24, destination->bytes, 16);
	return (IPV6_HEADER);
}

static size_t
ip_header_size(const struct ip *ip)
{
	return (ip->family == AF_INET ? IPV4_HEADER : IPV6_HEADER);
}

/* Writes the TCP header; the checksum is left at zero. */
static size_t
build_tcp_header(uint8_t *segment, const struct packet *packet)
{
	size_t header = TCP_HEADER + (packet->mss != 0 ? MSS_SIZE : 0);

	memset(segment, 0, header);
	put32(segment + 4, packet->sequence);
	put32(segment + 8, packet->acknowledgement);
	segment[12] = (uint8_t)(header / 4 << 4);
	segment[13] = packet->flags;
	put16(segment + 14, packet->window);
	if (packet->mss != 0) {
		segment[TCP_HEADER] = MSS_OPTION;
		segment[TCP_HEADER + 1] = MSS_SIZE;
		put16(segment + TCP_HEADER + 2, packet->mss);
	}
	return (header);
}

size_t
packet_build(uint8_t *buffer, const struct packet *packet)
{
	size_t ip = ip_header_size(&packet->source);
	uint8_t *segment = buffer + ip;
	bool tcp = packet->protocol == IPPROTO_TCP;
	size_t header = UDP_HEADER, length;
	uint16_t checksum;

	if (packet->payload_length > PACKET_SIZE_MAX - 128)
		return (0);
	if (tcp)
		header = build_tcp_header(segment, packet);
	else
		memset(segment, 0, header);
	length = header + packet->payload_length;
	put16(segment, packet->source_port);
	put16(segment + 2, packet->destination_port);
	if (!tcp)
		put16(segment + 4, (uint32_t)length);
	if (packet->payload_length > 0)
		memcpy(
		    segment + header, packet->payload, packet->payload_length);
	checksum = transport_checksum(&packet->source, &packet->destination,
	    packet->protocol, segment, length);
	/* In UDP a sum of zero would mean that there is none. */
	put16(segment + (tcp ? 16 : 6),
	    checksum == 0 && !tcp ? 0xffff : checksum);
	build_ip(buffer, &packet->source, &packet->destination,
	    packet->protocol, length);
	return (ip + length);
}

size_t
packet_build_icmp(uint8_t *buffer, const struct ip *router,
    const struct packet *subject, int type, int code, uint32_t word)
{
	bool ipv4 = router->family == AF_INET;
	size_t ip = ip_header_size(router);
	size_t room = (ipv4 ? IPV4_ERROR_MAX : IPV6_ERROR_MAX) - ip;
	size_t length = ICMP_HEADER + subject->raw_length;
	uint8_t *message = buffer + ip;

	if (length > room)
		length = room;
	message[0] = (uint8_t)type;
	message[1] = (uint8_t)code;
	put16(message + 2, 0);
	put32(message + 4, word);
	memcpy(message + ICMP_HEADER, subject->raw, length - ICMP_HEADER);
	put16(message + 2,
	    ipv4 ? fold(sum(0, message, length))
		 : transport_checksum(router, &subject->source, IPPROTO_ICMPV6,
		       message, length));
	build_ip(buffer, router, &subject->source,
	    ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, length);
	return (ip + length);
}
