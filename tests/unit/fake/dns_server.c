/* SPDX-License-Identifier: ISC */
/*
 * Queries in, replies out. Messages are those of RFC 1035; what is asked is
 * always one question with a name that is not compressed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "fake/dns_server.h"

#define HEADER    12
#define TYPE_A    1
#define TYPE_AAAA 28
#define TYPE_OPT  41
#define CNAME     5
#define MAX       65535

struct message {
	uint8_t bytes[MAX];
	size_t length;
};

static void
put16(struct message *message, unsigned value)
{
	message->bytes[message->length++] = (uint8_t)(value >> 8);
	message->bytes[message->length++] = (uint8_t)value;
}

static unsigned
get16(const uint8_t *bytes)
{
	return ((unsigned)bytes[0] << 8 | bytes[1]);
}

/* Reads the query. Returns the length of its header and question. */
static size_t
read_query(struct dns_query_seen *seen, const uint8_t *bytes, size_t length)
{
	size_t at = HEADER, used = 0;

	assert_true(length > HEADER + 5);
	while (bytes[at] != 0) {
		memcpy(seen->name + used, bytes + at + 1, bytes[at]);
		used += bytes[at];
		seen->name[used++] = '.';
		at += 1u + bytes[at];
		assert_true(at + 5 <= length);
	}
	seen->name[used == 0 ? 0 : used - 1] = '\0';
	at++;
	assert_true(
	    get16(bytes + at) == TYPE_A || get16(bytes + at) == TYPE_AAAA);
	seen->family = get16(bytes + at) == TYPE_A ? AF_INET : AF_INET6;
	seen->id = get16(bytes);
	at += 4;
	seen->edns = length > at + 10 && get16(bytes + at + 1) == TYPE_OPT;
	seen->udp_size = seen->edns ? get16(bytes + at + 3) : 0;
	return (at);
}

/* Begins a record of the name that stands at `owner`. */
static void
put_record(struct message *message, size_t owner, unsigned type, unsigned ttl,
    unsigned size)
{
	put16(message, 0xc000u | (unsigned)owner);
	put16(message, type);
	put16(message, 1);
	put16(message, ttl >> 16);
	put16(message, ttl & 0xffff);
	put16(message, size);
	message->bytes[7]++;
}

/* Puts an alias, one label in the domain of the question; returns where its
 * name stands. */
static size_t
put_alias(struct message *message, size_t owner, unsigned ttl, char label)
{
	size_t at;

	put_record(message, owner, CNAME, ttl, 4);
	at = message->length;
	message->bytes[message->length++] = 1;
	message->bytes[message->length++] = (uint8_t)label;
	put16(message, 0xc000u | HEADER);
	return (at);
}

static void
put_addresses(struct message *message, size_t owner, int family,
    const struct dns_reply *reply)
{
	static const uint8_t ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	static const uint8_t ipv4[4] = { 198, 51, 100 };
	bool is_ipv6 = family == AF_INET6;
	unsigned size = is_ipv6 ? sizeof(ipv6) : sizeof(ipv4);

	for (unsigned i = 0; i < reply->count; i++) {
		put_record(message, owner, is_ipv6 ? TYPE_AAAA : TYPE_A,
		    reply->ttl + i, size);
		memcpy(message->bytes + message->length, is_ipv6 ? ipv6 : ipv4,
		    size);
		message->length += size;
		message->bytes[message->length - 1] = (uint8_t)(i + 1);
	}
}

/* Makes a reply with the question and no record. */
static void
begin_reply(
    struct message *message, const uint8_t *query, size_t length, int rcode)
{
	memcpy(message->bytes, query, length);
	message->length = length;
	message->bytes[2] = 0x81; /* a reply; recursion is desired */
	message->bytes[3] = (uint8_t)(0x80 | rcode);
	memset(message->bytes + 6, 0, 6);
}

/* Returns the reply for the query. */
static struct dns_reply *
find_reply(struct dns_server *server, const struct dns_query_seen *seen)
{
	struct dns_name *name = server->names;

	for (; name != NULL && name->name != NULL; name++)
		if (strcasecmp(name->name, seen->name) == 0)
			return (seen->family == AF_INET6 ? &name->ipv6
							 : &name->ipv4);
	return (seen->family == AF_INET6 ? &server->ipv6 : &server->ipv4);
}

/* Fills in the reply; false: there is none. */
static bool
make_reply(struct message *message, const struct dns_reply *reply,
    const struct dns_query_seen *seen, const uint8_t *query, size_t length)
{
	size_t owner = HEADER;

	begin_reply(message, query, length,
	    reply->manner == DNS_RCODE ? reply->rcode : 0);
	switch (reply->manner) {
	case DNS_SILENT:
		return (false);
	case DNS_RCODE:
		return (true);
	case DNS_REFERRAL:
		message->bytes[3] = 0;
		return (true);
	case DNS_ALIAS_TO_NOTHING:
		put_alias(message, owner, reply->ttl, 'x');
		return (true);
	case DNS_OLD:
		if (!seen->edns)
			break;
		message->bytes[3] |= 1;
		return (true);
	case DNS_TRUNCATED:
	case DNS_CLOSES:
	case DNS_TRICKLES:
		if (seen->over_tcp)
			break;
		message->bytes[2] |= 2;
		return (true);
	case DNS_ALIASES:
		owner = put_alias(message, owner, reply->ttl, 'x');
		owner = put_alias(message, owner, reply->ttl / 2, 'y');
		break;
	default:
		break;
	}
	put_addresses(message, owner, seen->family, reply);
	if (reply->manner == DNS_CUT)
		message->length -= 2;
	return (true);
}

/* Notes a query; returns its record. */
static struct dns_query_seen *
see_query(struct dns_server *server, const uint8_t *query, size_t length,
    size_t *question)
{
	struct dns_query_seen *seen = &server->queries[server->query_count++];

	assert_true(server->query_count <= DNS_SERVER_QUERIES_MAX);
	memset(seen, 0, sizeof(*seen));
	*question = read_query(seen, query, length);
	return (seen);
}

static void
send_udp(struct dns_server *server, const struct message *message,
    const struct address *to)
{
	assert_int_equal(sendto(server->udp, message->bytes, message->length, 0,
			     &to->sa, to->length),
	    message->length);
}

/* Sends what is no reply to the query, ahead of the reply. */
static void
send_wrong(struct dns_server *server, enum dns_manner manner,
    const struct message *message, const struct address *to)
{
	static struct message wrong;

	wrong = *message;
	if (manner == DNS_SHORT)
		wrong.length = HEADER - 3;
	else if (manner == DNS_WRONG_ID)
		wrong.bytes[0] ^= 0x55;
	else if (manner == DNS_WRONG_NAME)
		wrong.bytes[HEADER + 1] = '_';
	else
		return;
	send_udp(server, &wrong, to);
}

static void
on_datagram(evutil_socket_t fd, short what, void *arg)
{
	struct dns_server *server = arg;
	static struct message message;
	uint8_t query[MAX];
	struct address from = { .length = sizeof(from.in6) };
	struct dns_query_seen *seen;
	struct dns_reply *reply;
	size_t question;
	ssize_t length;

	(void)what;
	length = recvfrom(fd, query, sizeof(query), 0, &from.sa, &from.length);
	if (length <= 0)
		return;
	seen = see_query(server, query, (size_t)length, &question);
	seen->port = address_port(&from);
	reply = find_reply(server, seen);
	if (reply->lost > 0) {
		reply->lost--;
		return;
	}
	if (!make_reply(&message, reply, seen, query, question))
		return;
	send_wrong(server, reply->manner, &message, &from);
	send_udp(server, &message, &from);
}

static void
on_end(struct bufferevent *stream, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(stream);
}

/* Writes a reply, in pieces that the peer reads one by one. */
static void
trickle(struct bufferevent *stream, const uint8_t *bytes, size_t length)
{
	int fd = bufferevent_getfd(stream);

	for (size_t i = 0; i < length; i++)
		assert_int_equal(write(fd, bytes + i, 1), 1);
}

static void
on_bytes(struct bufferevent *stream, void *arg)
{
	struct dns_server *server = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	static struct message message;
	uint8_t query[MAX], size[2];
	struct dns_query_seen *seen;
	struct dns_reply *reply;
	size_t question;

	if (evbuffer_copyout(input, size, 2) < 2 ||
	    evbuffer_get_length(input) < 2 + get16(size))
		return;
	evbuffer_drain(input, 2);
	evbuffer_remove(input, query, get16(size));
	seen = see_query(server, query, get16(size), &question);
	seen->over_tcp = true;
	reply = find_reply(server, seen);
	if (reply->manner == DNS_CLOSES) {
		bufferevent_free(stream);
		return;
	}
	if (!make_reply(&message, reply, seen, query, question))
		return;
	size[0] = (uint8_t)(message.length >> 8);
	size[1] = (uint8_t)message.length;
	if (reply->manner == DNS_TRICKLES) {
		trickle(stream, size, 2);
		trickle(stream, message.bytes, message.length);
		return;
	}
	bufferevent_write(stream, size, 2);
	bufferevent_write(stream, message.bytes, message.length);
}

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int length, void *arg)
{
	struct dns_server *server = arg;
	struct bufferevent *stream = bufferevent_socket_new(
	    server->base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)listener;
	(void)from;
	(void)length;
	assert_non_null(stream);
	server->tcp_count++;
	bufferevent_setcb(stream, on_bytes, NULL, on_end, server);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
}

void
dns_server_init(
    struct dns_server *server, struct event_base *base, const char *host)
{
	const struct dns_reply one = { .count = 1, .ttl = 60 };

	memset(server, 0, sizeof(*server));
	server->base = base;
	server->ipv6 = server->ipv4 = one;
	assert_int_equal(
	    address_parse(&server->address, host, 0), ADDRESS_PARSED);
	server->listener = evconnlistener_new_bind(base, on_connection, server,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16,
	    &server->address.sa, (int)server->address.length);
	assert_non_null(server->listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(server->listener),
			     &server->address.sa, &server->address.length),
	    0);
	server->udp = socket(address_family(&server->address),
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(server->udp, &server->address.sa, server->address.length), 0);
	server->readable = event_new(
	    base, server->udp, EV_READ | EV_PERSIST, on_datagram, server);
	assert_non_null(server->readable);
	assert_int_equal(event_add(server->readable, NULL), 0);
}

void
dns_server_release(struct dns_server *server)
{
	if (server->listener == NULL)
		return;
	evconnlistener_free(server->listener);
	event_free(server->readable);
	close(server->udp);
	server->listener = NULL;
}
