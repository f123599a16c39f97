/* SPDX-License-Identifier: ISC */
/*
 * One channel of c-ares, in the event base.
 *
 * A channel may not be destroyed inside its own callbacks. So these only note
 * what has happened, and the exchange goes on when c-ares has returned.
 */
/* ares_query() and the parsers are those of 1.18. */
#define CARES_NO_DEPRECATED
#include <sys/uio.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <ares.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "descriptor.h"
#include "exchange.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* The size of a UDP reply that is fragmented nowhere (DNS flag day 2020). */
#define UDP_SIZE 1232

/* UDP, and TCP for what is truncated. */
#define SOCKETS_MAX 2

/* The fewest bytes of a record: a pointer, its fixed part, an address. */
#define RECORD_SIZE_MIN 16

/* Of the header of a message (RFC 1035 section 4.1.1). */
#define HEADER_SIZE      12
#define FLAGS_AT         2
#define IS_AUTHORITATIVE 0x04
#define IS_RECURSIVE     0x80 /* in the second byte of the flags */
#define RCODE_MASK       0x0f

/* A socket of c-ares that is polled. */
struct polled {
	ares_socket_t fd;
	struct event *event; /* NULL: the place is free */
};

/* One address, as it is handed on. */
struct record {
	struct evutil_addrinfo node;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address;
};

struct exchange {
	struct event_base *base;
	pid_t process;
	const struct cares_server *server;
	int family;
	ares_channel channel; /* NULL: not made yet */
	struct event *timer;
	struct polled polled[SOCKETS_MAX];
	bool ended;
	struct exchange_reply reply;
	struct record *records;
	int socket_error; /* the errno of the last call that failed */
	exchange_cb cb;
	void *arg;
};

static void
exchange_end(struct exchange *exchange, enum exchange_end end)
{
	exchange->ended = true;
	exchange->reply.end = end;
}

/* Ends an exchange whose socket has failed with `error`. */
static void
exchange_fail(struct exchange *exchange, int error)
{
	exchange->reply.error = error;
	exchange_end(exchange, EXCHANGE_FAILED);
}

/*
 * The sockets of c-ares.
 */

static ares_socket_t
exchange_socket(int domain, int type, int protocol, void *arg)
{
	struct exchange *exchange = arg;
	int fd = descriptor_socket(domain, type, protocol, true);

	if (type == SOCK_STREAM)
		exchange->reply.over_tcp = true;
	if (fd == -1)
		exchange->socket_error = errno;
	return (fd);
}

static int
exchange_close(ares_socket_t fd, void *arg)
{
	(void)arg;
	return (close(fd));
}

/* Keeps an errno that is no reason to try again. */
static void
exchange_keep_error(struct exchange *exchange, int error)
{
	if (error != EAGAIN && error != EWOULDBLOCK && error != EINPROGRESS)
		exchange->socket_error = error;
	errno = error;
}

/* The address of c-ares lacks the interface of a link-local one. */
static int
exchange_connect(
    ares_socket_t fd, const struct sockaddr *to, ares_socklen_t size, void *arg)
{
	struct exchange *exchange = arg;
	const struct address *address = &exchange->server->address;

	(void)to;
	(void)size;
	if (connect(fd, &address->sa, address->length) == 0)
		return (0);
	exchange_keep_error(exchange, errno);
	return (-1);
}

/* From a stream, `from` is NULL. */
static ares_ssize_t
exchange_receive(ares_socket_t fd, void *bytes, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *from_size, void *arg)
{
	ssize_t count = recvfrom(fd, bytes, size, flags, from, from_size);

	if (count == -1)
		exchange_keep_error(arg, errno);
	else if (count == 0 && from == NULL && size > 0)
		exchange_keep_error(arg, ECONNRESET);
	return (count);
}

static ares_ssize_t
exchange_send(
    ares_socket_t fd, const struct iovec *pieces, int count, void *arg)
{
	/* sendmsg(2) does not write to them. */
	const struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)pieces,
		.msg_iovlen = (size_t)count,
	};
	ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);

	if (sent == -1)
		exchange_keep_error(arg, errno);
	return (sent);
}

static const struct ares_socket_functions socket_functions = {
	.asocket = exchange_socket,
	.aclose = exchange_close,
	.aconnect = exchange_connect,
	.arecvfrom = exchange_receive,
	.asendv = exchange_send,
};

/*
 * The reply.
 */

/* Links the records to a list. */
static void
exchange_link(struct exchange *exchange, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct record *record = &exchange->records[i];

		record->node = (struct evutil_addrinfo){
			.ai_family = exchange->family,
			.ai_addr = &record->address.sa,
			.ai_addrlen = exchange->family == AF_INET
			    ? sizeof(record->address.in)
			    : sizeof(record->address.in6),
			.ai_next = i + 1 < count
			    ? &exchange->records[i + 1].node
			    : NULL,
		};
	}
	if (count > 0)
		exchange->reply.addresses = &exchange->records[0].node;
}

/* Takes a time to live: the shortest counts. */
static void
exchange_take_ttl(struct exchange *exchange, int ttl)
{
	struct exchange_reply *reply = &exchange->reply;
	/* What has its highest bit set is 0 (RFC 2181 section 8). */
	unsigned seconds = ttl < 0 ? 0 : (unsigned)ttl;

	if (!reply->has_ttl || seconds < reply->ttl)
		reply->ttl = seconds;
	reply->has_ttl = true;
}

/* Reads A records; returns the status of c-ares, and how many in *count. */
static int
exchange_read_ipv4(
    struct exchange *exchange, const unsigned char *bytes, int size, int *count)
{
	struct ares_addrttl *found = calloc((size_t)*count, sizeof(*found));
	int status;

	if (found == NULL)
		return (ARES_ENOMEM);
	status = ares_parse_a_reply(bytes, size, NULL, found, count);
	for (int i = 0; status == ARES_SUCCESS && i < *count; i++) {
		struct sockaddr_in *in = &exchange->records[i].address.in;

		in->sin_family = AF_INET;
		in->sin_addr = found[i].ipaddr;
		exchange_take_ttl(exchange, found[i].ttl);
	}
	free(found);
	return (status);
}

/* The same for AAAA records. */
static int
exchange_read_ipv6(
    struct exchange *exchange, const unsigned char *bytes, int size, int *count)
{
	struct ares_addr6ttl *found = calloc((size_t)*count, sizeof(*found));
	int status;

	if (found == NULL)
		return (ARES_ENOMEM);
	status = ares_parse_aaaa_reply(bytes, size, NULL, found, count);
	for (int i = 0; status == ARES_SUCCESS && i < *count; i++) {
		struct sockaddr_in6 *in6 = &exchange->records[i].address.in6;

		in6->sin6_family = AF_INET6;
		memcpy(
		    &in6->sin6_addr, &found[i].ip6addr, sizeof(in6->sin6_addr));
		exchange_take_ttl(exchange, found[i].ttl);
	}
	free(found);
	return (status);
}

/* Reads the addresses of a reply without an error. */
static void
exchange_read(struct exchange *exchange, const unsigned char *bytes, int size)
{
	int count = size / RECORD_SIZE_MIN + 1;
	int status = ARES_ENOMEM;

	exchange->records = calloc((size_t)count, sizeof(*exchange->records));
	if (exchange->records != NULL)
		status = exchange->family == AF_INET
		    ? exchange_read_ipv4(exchange, bytes, size, &count)
		    : exchange_read_ipv6(exchange, bytes, size, &count);
	if (status == ARES_ENOMEM)
		exchange_end(exchange, EXCHANGE_NO_MEMORY);
	else if (status != ARES_SUCCESS && status != ARES_ENODATA)
		exchange_end(exchange, EXCHANGE_MALFORMED);
	else if (status == ARES_SUCCESS)
		exchange_link(exchange, (size_t)count);
}

/* Takes a message: it is the reply to the query that was sent. */
static void
exchange_take(struct exchange *exchange, const unsigned char *bytes, int size)
{
	if (size < HEADER_SIZE) {
		exchange_end(exchange, EXCHANGE_MALFORMED);
		return;
	}
	exchange->reply.rcode = bytes[FLAGS_AT + 1] & RCODE_MASK;
	exchange_end(exchange, EXCHANGE_ANSWERED);
	if (exchange->reply.rcode != ns_r_noerror)
		return;
	exchange_read(exchange, bytes, size);
	if (exchange->reply.end == EXCHANGE_ANSWERED &&
	    exchange->reply.addresses == NULL &&
	    (bytes[FLAGS_AT] & IS_AUTHORITATIVE) == 0 &&
	    (bytes[FLAGS_AT + 1] & IS_RECURSIVE) == 0)
		exchange_end(exchange, EXCHANGE_REFERRAL);
}

/* Takes the end of a query. */
static void
exchange_on_reply(
    void *arg, int status, int timeouts, unsigned char *bytes, int size)
{
	struct exchange *exchange = arg;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION || exchange->ended)
		return;
	if (bytes != NULL) {
		exchange_take(exchange, bytes, size);
		return;
	}
	switch (status) {
	case ARES_ETIMEOUT:
		exchange_end(exchange, EXCHANGE_SILENT);
		break;
	case ARES_EBADNAME:
		exchange_end(exchange, EXCHANGE_BAD_NAME);
		break;
	case ARES_ENOMEM:
		exchange_end(exchange, EXCHANGE_NO_MEMORY);
		break;
	case ARES_ECONNREFUSED:
		/* c-ares has this one for every socket that fails, and for a
		   lack of memory behind one. */
		exchange_fail(exchange,
		    exchange->socket_error != 0 ? exchange->socket_error
						: ENOMEM);
		break;
	default:
		exchange_end(exchange, EXCHANGE_MALFORMED);
		break;
	}
}

/*
 * The event loop.
 */

/*
 * Sets the timer to the next timeout of c-ares. ares_timeout(3) leaves out what
 * is less than a millisecond: the timer would expire before the timeout, again
 * and again.
 */
static bool
exchange_set_timer(struct exchange *exchange)
{
	static const struct timeval left_out = { .tv_usec = 1000 };
	struct timeval left;

	if (ares_timeout(exchange->channel, NULL, &left) == NULL)
		return (true);
	evutil_timeradd(&left, &left_out, &left);
	return (event_add(exchange->timer, &left) == 0);
}

/* Goes on after each call of c-ares: reports the end, or sets the timer. */
static void
exchange_go_on(struct exchange *exchange)
{
	if (exchange->ended) {
		event_del(exchange->timer);
		/* It may be freed inside. */
		exchange->cb(&exchange->reply, exchange->arg);
		return;
	}
	if (exchange_set_timer(exchange))
		return;
	exchange_end(exchange, EXCHANGE_NO_MEMORY);
	event_active(exchange->timer, EV_TIMEOUT, 0);
}

/* Returns whether this process is a child: the reply is for its parent. */
static bool
exchange_is_forked_copy(const struct exchange *exchange)
{
	return (getpid() != exchange->process);
}

static void
exchange_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *exchange = arg;

	(void)fd;
	(void)what;
	if (exchange_is_forked_copy(exchange))
		return;
	if (!exchange->ended)
		ares_process_fd(
		    exchange->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	exchange_go_on(exchange);
}

static void
exchange_stop_polling(struct exchange *exchange)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (exchange->polled[i].event != NULL)
			event_del(exchange->polled[i].event);
}

static void
exchange_on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *exchange = arg;

	if (exchange_is_forked_copy(exchange)) {
		exchange_stop_polling(exchange);
		return;
	}
	if (!exchange->ended)
		ares_process_fd(exchange->channel,
		    (what & EV_READ) != 0 ? fd : ARES_SOCKET_BAD,
		    (what & EV_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
	exchange_go_on(exchange);
}

/* Returns the place of a socket, or a free one; NULL: there is none. */
static struct polled *
exchange_find(struct exchange *exchange, ares_socket_t fd)
{
	struct polled *place = NULL;

	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		struct polled *polled = &exchange->polled[i];

		if (polled->event != NULL && polled->fd == fd)
			return (polled);
		if (polled->event == NULL)
			place = polled;
	}
	return (place);
}

/* Called when c-ares waits for something else of a socket, or closes it. */
static void
exchange_on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct exchange *exchange = arg;
	struct polled *polled = exchange_find(exchange, fd);
	short what = (short)((readable ? EV_READ : 0) |
	    (writable ? EV_WRITE : 0));

	if (polled != NULL && polled->event != NULL) {
		event_free(polled->event);
		polled->event = NULL;
	}
	if (what == 0 || exchange->ended)
		return;
	if (polled != NULL) {
		polled->fd = fd;
		polled->event = event_new(exchange->base, fd,
		    (short)(what | EV_PERSIST), exchange_on_ready, exchange);
	}
	if (polled == NULL || polled->event == NULL ||
	    event_add(polled->event, NULL) == -1)
		exchange_end(exchange, EXCHANGE_NO_MEMORY);
}

/* Returns a duration in milliseconds, at least one. */
static int
milliseconds(monotime_t duration)
{
	monotime_t ms = duration / MONOTIME_PER_MS;

	if (ms < 1)
		return (1);
	return (ms < INT_MAX ? (int)ms : INT_MAX);
}

/*
 * Makes the channel. All that c-ares would read of the files of the system is
 * set: it reads none. ares_library_init(3) is needed on Windows alone.
 */
static bool
exchange_init_channel(struct exchange *exchange, monotime_t timeout)
{
	char dns_alone[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
		    ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS |
		    (exchange->server->tcp ? ARES_FLAG_USEVC : 0),
		.timeout = milliseconds(timeout),
		.tries = 1,
		.ndots = 1,
		.lookups = dns_alone,
		.sock_state_cb = exchange_on_state,
		.sock_state_cb_data = exchange,
		.ednspsz = UDP_SIZE,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
	    ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB |
	    ARES_OPT_EDNSPSZ | ARES_OPT_NOROTATE;

	if (ares_init_options(&exchange->channel, &options, mask) !=
	    ARES_SUCCESS) {
		exchange->channel = NULL;
		return (false);
	}
	ares_set_socket_functions(
	    exchange->channel, &socket_functions, exchange);
	return (true);
}

static bool
exchange_set_server(struct exchange *exchange)
{
	const struct address *address = &exchange->server->address;
	struct ares_addr_port_node node = {
		.family = address_family(address),
		.udp_port = address_port(address),
		.tcp_port = address_port(address),
	};

	if (node.family == AF_INET)
		node.addr.addr4 = address->in.sin_addr;
	else
		memcpy(&node.addr.addr6, &address->in6.sin6_addr,
		    sizeof(node.addr.addr6));
	return (
	    ares_set_servers_ports(exchange->channel, &node) == ARES_SUCCESS);
}

struct exchange *
exchange_new(struct event_base *base, const struct cares_server *server,
    monotime_t timeout, const char *name, int family, exchange_cb cb, void *arg)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (exchange == NULL)
		return (NULL);
	exchange->base = base;
	exchange->process = getpid();
	exchange->server = server;
	exchange->family = family;
	exchange->cb = cb;
	exchange->arg = arg;
	exchange->timer = evtimer_new(base, exchange_on_timer, exchange);
	if (exchange->timer == NULL ||
	    !exchange_init_channel(exchange, timeout) ||
	    !exchange_set_server(exchange)) {
		exchange_free(exchange);
		return (NULL);
	}
	ares_query(exchange->channel, name, ns_c_in,
	    family == AF_INET ? ns_t_a : ns_t_aaaa, exchange_on_reply,
	    exchange);
	/* The callback comes from the loop, and the timer is set there. */
	event_active(exchange->timer, EV_TIMEOUT, 0);
	return (exchange);
}

void
exchange_free(struct exchange *exchange)
{
	if (exchange == NULL)
		return;
	if (exchange->channel != NULL)
		ares_destroy(exchange->channel);
	if (exchange->timer != NULL)
		event_free(exchange->timer);
	free(exchange->records);
	free(exchange);
}
