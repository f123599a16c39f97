/* SPDX-License-Identifier: ISC */
/*
 * A TCP peer that follows its arguments, for tests of a client.
 *
 *	peer [-k COUNT] [-r FILE] [-t PEM] [-T SETTING=VALUE,...] ACTION
 *	    [ARGUMENT...] ...
 *
 * It is started by listen, which hands it its sockets. Each of COUNT
 * connections (1; 0: without end), one after the other, gets the same list of
 * actions:
 *
 *	send TEXT         send-pattern SIZE  the stream PATTERN_DOWNLOAD
 *	send-urgent BYTE                     out of band
 *	recv SIZE         recv-eof           receive so much, or to the end
 *	recv-to FILE                         likewise to the end, into FILE
 *	exchange SIZE     send-pattern, shutdown and recv-eof at the same time
 *	echo              send back what comes, to the end
 *	pace BYTES MS     from now on receive BYTES at a time, MS apart; a relay
 *	                  does so at its other side
 *	drip COUNT FILE   receive COUNT bytes, each when the process whose
 *	                  number is in FILE is at rest
 *	touch FILE        wait FILE          tell the test; wait for the test
 *	abort-on-fin                         close when a FIN comes, from now
 *	                                     on, whatever is left of the list
 *	pause MS                             do nothing for so long
 *	bytes HEX         expect HEX         send, receive these bytes
 *	bytes-by-turn HEX HEX                send the first to the first client,
 *	                                     the second to the others
 *	bytes-slowly HEX                     send one at a time, 2 ms apart
 *	flood TEXT                           send it until nobody receives it
 *	relay PORT                           from now on to PORT on 127.0.0.1
 *	relay-part PORT SIZE                 likewise, until SIZE more bytes of
 *	                                     it are sent to the client, or both
 *	                                     have ended
 *	shutdown          close              reset
 *
 * With -t, or PEER_TLS in the environment, a file with a certificate and its
 * key, it speaks TLS: its ends are close_notify alerts, and there are
 *
 *	truncate                             end without a close_notify
 *	update-keys       renegotiate        (TLS 1.3, TLS 1.2)
 *	refuse                               for lack of a certificate, which is
 *	                                     asked for anew (TLS 1.2)
 *	records SIZE                         from now on send such records
 *	raw TEXT                             send bytes that are no record
 *	silence                              nothing more comes, until the FIN
 *
 * -T has version (11 to 13), alpn, alpn-required, ca (asks for a certificate by
 *it), ciphers, tickets (how many it sends, 0).
 *
 * When the other side ends before its time, the rest of the list is left out.
 * After each connection a line is added to FILE:
 *
 *	on=ADDR from=ADDR port=PORT received=N pattern=P sent=N end=E
 *
 * P is "yes" when what was received is PATTERN_UPLOAD, and "no" otherwise; E
 * is what receiving or sending met in the end: "eof", "reset", or "open";
 * "unexpected" when that was not what had to be received; with
 * TLS "truncated", too, or "handshake". Then the line begins with what the
 * client has sent: tls=VERSION sni=NAME alpn=NAME client=SUBJECT.
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "at_rest.h"
#include "known_bytes.h"
#include "meeting.h"
#include "peer_tls.h"

/* An alarm does not go on in a child. */
#define SENDER_SECONDS 120

/* Where listen puts the sockets. */
#define FIRST_FD 3

struct connection {
	int fd;
	struct peer_tls *tls; /* NULL: plain */
	bool truncate;
	size_t record; /* sent at a time; 0: as much as there is */
	uint64_t sent;
	uint64_t received;
	bool pattern; /* all of it is PATTERN_UPLOAD so far */
	const char *end;
	size_t pace_bytes; /* 0: as fast as it goes */
	unsigned pace_ms;
	bool abort_on_fin;
	int far_fd; /* where it relays to; -1: nowhere yet */
	bool near_ended;
	bool far_ended;
};

static unsigned char buffer[64 * 1024];

static void
pause_ms(unsigned ms)
{
	struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	nanosleep(&time, NULL);
}

/* Tells how the connection ended; returns false, to end the list. */
static bool
ended(struct connection *connection, ssize_t n)
{
	if (n == 0)
		connection->end = "eof";
	else if (errno == ECONNRESET || errno == EPIPE)
		connection->end = "reset";
	else if (errno == ENODATA)
		connection->end = "truncated";
	else
		warn("connection");
	return (false);
}

/* Waits as the pace is; returns how many of `size` bytes to receive then. */
static size_t
keep_pace(const struct connection *connection, uint64_t size)
{
	if (size > sizeof(buffer))
		size = sizeof(buffer);
	if (connection->pace_bytes == 0)
		return ((size_t)size);
	pause_ms(connection->pace_ms);
	return (size > connection->pace_bytes ? connection->pace_bytes
					      : (size_t)size);
}

/* Receives at most `size` bytes into the buffer; -1 and 0 as with recv(2). */
static ssize_t
receive(struct connection *connection, uint64_t size, int flags)
{
	ssize_t n;

	size = keep_pace(connection, size);
	n = connection->tls != NULL
	    ? peer_tls->recv(connection->tls, buffer, (size_t)size)
	    : recv(connection->fd, buffer, (size_t)size, flags);
	if (n <= 0)
		return (n);
	if (!pattern_matches(
		PATTERN_UPLOAD, connection->received, buffer, (size_t)n))
		connection->pattern = false;
	connection->received += (uint64_t)n;
	return (n);
}

/*
 * Waits for so long; returns false, to end the list, when a FIN comes meanwhile
 * and is taken for an abort.
 */
static bool
watch(struct connection *connection, int ms)
{
	bool is_tls = connection->tls != NULL;
	struct pollfd entry = {
		.fd = connection->fd,
		.events = (short)(!connection->abort_on_fin ? 0
			: is_tls                            ? POLLIN
							    : POLLRDHUP),
	};

	if (poll(&entry, 1, ms) < 1 ||
	    (is_tls && !peer_tls->has_ended(connection->tls)))
		return (true);
	connection->end = "eof";
	return (false);
}

static ssize_t
send_some(struct connection *connection, const void *bytes, size_t size)
{
	if (connection->record > 0 && size > connection->record)
		size = connection->record;
	return (connection->tls != NULL
		? peer_tls->send(connection->tls, bytes, size)
		: send(connection->fd, bytes, size, MSG_NOSIGNAL));
}

static bool
send_all(struct connection *connection, const void *bytes, size_t size)
{
	const char *rest = bytes;

	while (size > 0) {
		ssize_t n;

		if (connection->abort_on_fin && !watch(connection, 0))
			return (false);
		n = send_some(connection, rest, size);
		if (n == -1)
			return (ended(connection, n));
		connection->sent += (uint64_t)n;
		rest += n;
		size -= (size_t)n;
	}
	return (true);
}

static bool
do_send(struct connection *connection, char *const arguments[])
{
	return (send_all(connection, arguments[0], strlen(arguments[0])));
}

static uint64_t
parse_size(const char *text)
{
	uint64_t size;

	if (!pattern_parse_size(&size, text))
		errx(2, "'%s' is no size", text);
	return (size);
}

static bool
do_send_pattern(struct connection *connection, char *const arguments[])
{
	uint64_t size = parse_size(arguments[0]);
	uint64_t offset = 0;

	while (offset < size) {
		size_t n = sizeof(buffer);

		if (n > size - offset)
			n = (size_t)(size - offset);
		pattern_fill(PATTERN_DOWNLOAD, offset, buffer, n);
		if (!send_all(connection, buffer, n))
			return (false);
		offset += n;
	}
	return (true);
}

static bool
do_recv(struct connection *connection, char *const arguments[])
{
	uint64_t left = parse_size(arguments[0]);

	while (left > 0) {
		ssize_t n = receive(connection, left, 0);

		if (n <= 0)
			return (ended(connection, n));
		left -= (uint64_t)n;
	}
	return (true);
}

static bool
do_drip(struct connection *connection, char *const arguments[])
{
	uint64_t left = parse_size(arguments[0]);
	pid_t sender = meeting_read(arguments[1]);

	for (; left > 0; left--) {
		ssize_t n;

		at_rest_wait(sender);
		n = receive(connection, 1, 0);
		if (n <= 0)
			return (ended(connection, n));
	}
	return (true);
}

/* Sends a byte that is no part of the stream, and is not counted as sent. */
static bool
do_send_urgent(struct connection *connection, char *const arguments[])
{
	ssize_t n = send(
	    connection->fd, arguments[0], 1, MSG_OOB | MSG_NOSIGNAL);

	return (n == 1 || ended(connection, n));
}

/* Receives to the end, into a file if there is one. */
static bool
receive_all(struct connection *connection, FILE *file)
{
	ssize_t n;

	while ((n = receive(connection, sizeof(buffer), 0)) > 0)
		if (file != NULL)
			fwrite(buffer, 1, (size_t)n, file);
	ended(connection, n);
	return (n == 0);
}

static bool
do_recv_eof(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	return (receive_all(connection, NULL));
}

static bool
do_recv_to(struct connection *connection, char *const arguments[])
{
	FILE *file = fopen(arguments[0], "w");
	bool complete;

	if (file == NULL)
		err(1, "%s", arguments[0]);
	complete = receive_all(connection, file);
	if (fclose(file) != 0)
		err(1, "%s", arguments[0]);
	return (complete);
}

static bool
do_echo(struct connection *connection, char *const arguments[])
{
	ssize_t n;

	(void)arguments;
	while ((n = receive(connection, sizeof(buffer), 0)) > 0)
		if (!send_all(connection, buffer, (size_t)n))
			return (false);
	ended(connection, n);
	return (n == 0);
}

static bool
do_shutdown(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	return (connection->tls != NULL
		? peer_tls->shutdown(connection->tls)
		: shutdown(connection->fd, SHUT_WR) == 0);
}

/*
 * Sends and receives by turns, as far as the connection allows it: TLS is for
 * one process alone.
 */
static bool
exchange_tls(struct connection *connection, uint64_t size)
{
	int flags = fcntl(connection->fd, F_GETFL);
	static unsigned char bytes[64 * 1024];
	uint64_t offset = 0;
	bool receiving = true, sending = true;
	ssize_t n = 0;

	fcntl(connection->fd, F_SETFL, flags | O_NONBLOCK);
	while (receiving || sending) {
		size_t part = size - offset < sizeof(bytes)
		    ? (size_t)(size - offset)
		    : sizeof(bytes);
		bool moved = false;
		struct pollfd entry = { .fd = connection->fd };

		if (part > 0) {
			pattern_fill(PATTERN_DOWNLOAD, offset, bytes, part);
			n = send_some(connection, bytes, part);
			if (n == -1 && errno != EAGAIN)
				return (ended(connection, n));
			offset += n > 0 ? (uint64_t)n : 0;
			moved = n > 0;
		}
		/* There may be no room for it yet. */
		if (offset == size && sending) {
			sending = !do_shutdown(connection, NULL);
			moved = moved || !sending;
		}
		if (receiving) {
			n = receive(connection, sizeof(buffer), 0);
			if (n == 0 || (n == -1 && errno != EAGAIN))
				ended(connection, n);
			if (n == -1 && errno != EAGAIN)
				return (false);
			receiving = n != 0;
			moved = moved || n >= 0;
		}
		entry.events = (short)((receiving ? POLLIN : 0) |
		    (sending ? POLLOUT : 0));
		if (!moved && poll(&entry, 1, -1) == 1 && !receiving &&
		    (entry.revents & POLLERR) != 0)
			return (false);
	}
	fcntl(connection->fd, F_SETFL, flags);
	connection->sent += size;
	return (true);
}

/* Sends from a process of its own, while this one receives. */
static bool
do_exchange(struct connection *connection, char *const arguments[])
{
	pid_t sender;
	bool complete;
	int status;

	if (connection->tls != NULL)
		return (exchange_tls(connection, parse_size(arguments[0])));
	sender = fork();
	if (sender == -1)
		err(1, "fork");
	if (sender == 0) {
		alarm(SENDER_SECONDS);
		complete = do_send_pattern(connection, arguments) &&
		    do_shutdown(connection, arguments);
		_exit(complete ? 0 : 1);
	}
	complete = receive_all(connection, NULL);
	if (waitpid(sender, &status, 0) == -1 || status != 0)
		return (false);
	connection->sent += parse_size(arguments[0]);
	return (complete);
}

static bool
do_pace(struct connection *connection, char *const arguments[])
{
	connection->pace_bytes = (size_t)parse_size(arguments[0]);
	connection->pace_ms = (unsigned)parse_size(arguments[1]);
	return (true);
}

static bool
do_abort_on_fin(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	connection->abort_on_fin = true;
	return (true);
}

static bool
do_pause(struct connection *connection, char *const arguments[])
{
	return (watch(connection, (int)parse_size(arguments[0])));
}

static bool
do_touch(struct connection *connection, char *const arguments[])
{
	(void)connection;
	meeting_touch(arguments[0]);
	return (true);
}

static bool
do_wait(struct connection *connection, char *const arguments[])
{
	(void)connection;
	meeting_wait(arguments[0]);
	return (true);
}

static bool
do_close(struct connection *connection, char *const arguments[])
{
	(void)connection;
	(void)arguments;
	return (false);
}

/* What is only for TLS. */
static void
need_tls(const struct connection *connection, const char *action)
{
	if (connection->tls == NULL)
		errx(2, "%s: without TLS", action);
}

static bool
do_truncate(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	need_tls(connection, "truncate");
	connection->truncate = true;
	return (false);
}

static bool
do_update_keys(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	need_tls(connection, "update-keys");
	return (peer_tls->update_keys(connection->tls));
}

static bool
do_silence(struct connection *connection, char *const arguments[])
{
	ssize_t n;

	(void)arguments;
	need_tls(connection, "silence");
	n = recv(connection->fd, buffer, sizeof(buffer), 0);
	if (n > 0)
		connection->end = "unexpected";
	return (n == 0);
}

static bool
do_renegotiate(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	need_tls(connection, "renegotiate");
	return (peer_tls->renegotiate(connection->tls));
}

static bool
do_refuse(struct connection *connection, char *const arguments[])
{
	(void)arguments;
	need_tls(connection, "refuse");
	peer_tls->refuse(connection->tls);
	return (false);
}

static bool
do_records(struct connection *connection, char *const arguments[])
{
	connection->record = (size_t)parse_size(arguments[0]);
	return (true);
}

static bool
do_raw(struct connection *connection, char *const arguments[])
{
	const char *text = arguments[0];

	return (send(connection->fd, text, strlen(text), MSG_NOSIGNAL) > 0);
}

static bool
do_reset(struct connection *connection, char *const arguments[])
{
	struct linger linger = { .l_onoff = 1 };

	(void)arguments;
	setsockopt(
	    connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	connection->truncate = true;
	return (false);
}

/* Writes the bytes that pairs of digits stand for; returns how many. */
static size_t
parse_hex(const char *text, unsigned char *bytes, size_t size)
{
	size_t count = 0;
	unsigned byte;

	for (; *text != '\0'; text += 2) {
		if (count == size || sscanf(text, "%2x", &byte) != 1 ||
		    text[1] == '\0')
			errx(2, "'%s' is not hexadecimal", text);
		bytes[count++] = (unsigned char)byte;
	}
	return (count);
}

static bool
do_bytes(struct connection *connection, char *const arguments[])
{
	unsigned char bytes[4096];

	return (send_all(
	    connection, bytes, parse_hex(arguments[0], bytes, sizeof(bytes))));
}

static bool
do_bytes_by_turn(struct connection *connection, char *const arguments[])
{
	static size_t turn;

	return (do_bytes(connection, arguments + (turn++ == 0 ? 0 : 1)));
}

static bool
do_bytes_slowly(struct connection *connection, char *const arguments[])
{
	unsigned char bytes[4096];
	size_t count = parse_hex(arguments[0], bytes, sizeof(bytes));

	for (size_t i = 0; i < count; i++) {
		pause_ms(2);
		if (!send_all(connection, bytes + i, 1))
			return (false);
	}
	return (true);
}

static bool
do_expect(struct connection *connection, char *const arguments[])
{
	unsigned char bytes[4096];
	size_t count = parse_hex(arguments[0], bytes, sizeof(bytes));

	for (size_t at = 0; at < count;) {
		ssize_t n = receive(connection, count - at, 0);

		if (n <= 0)
			return (ended(connection, n));
		if (memcmp(buffer, bytes + at, (size_t)n) != 0) {
			connection->end = "unexpected";
			return (false);
		}
		at += (size_t)n;
	}
	return (true);
}

static bool
do_flood(struct connection *connection, char *const arguments[])
{
	while (do_send(connection, arguments))
		;
	return (false);
}

/* Ends the side of a relay that this is sent to: TLS with a close_notify. */
static void
end_side(struct connection *connection, bool is_far)
{
	if (!is_far && connection->tls != NULL)
		peer_tls->shutdown(connection->tls);
	else
		shutdown(is_far ? connection->far_fd : connection->fd, SHUT_WR);
}

/*
 * Receives from the client, and does not wait: a record of TLS need not have
 * any data.
 */
static ssize_t
receive_near(struct connection *connection)
{
	int flags = fcntl(connection->fd, F_GETFL);
	ssize_t n;
	int error;

	fcntl(connection->fd, F_SETFL, flags | O_NONBLOCK);
	n = connection->tls != NULL
	    ? peer_tls->recv(connection->tls, buffer, sizeof(buffer))
	    : recv(connection->fd, buffer, sizeof(buffer), 0);
	error = errno;
	fcntl(connection->fd, F_SETFL, flags);
	errno = error;
	return (n);
}

/* Passes on what the client has sent; false: it has ended. */
static bool
pass_to_far(struct connection *connection)
{
	ssize_t n = receive_near(connection), part;
	size_t sent = 0;

	if (n == -1 && errno == EAGAIN)
		return (true);
	while (n > 0 && sent < (size_t)n) {
		part = send(connection->far_fd, buffer + sent, (size_t)n - sent,
		    MSG_NOSIGNAL);
		if (part == -1)
			return (ended(connection, part));
		sent += (size_t)part;
	}
	if (n > 0)
		return (true);
	ended(connection, n);
	end_side(connection, true);
	return (false);
}

/* Passes on at most `size` bytes of the far side; false: it has ended. */
static bool
pass_to_near(struct connection *connection, uint64_t size)
{
	ssize_t n = recv(
	    connection->far_fd, buffer, keep_pace(connection, size), 0);

	if (n > 0)
		return (send_all(connection, buffer, (size_t)n));
	ended(connection, n);
	end_side(connection, false);
	return (false);
}

static int
connect_far(const char *port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)parse_size(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&in, sizeof(in)) == -1)
		err(1, "port %s", port);
	return (fd);
}

/* Relays until `end` bytes are sent to the client, or both have ended. */
static void
relay(struct connection *connection, const char *port, uint64_t end)
{
	if (connection->far_fd == -1)
		connection->far_fd = connect_far(port);
	while (connection->sent < end &&
	    !(connection->near_ended && connection->far_ended)) {
		bool has_unread = connection->tls != NULL &&
		    !connection->near_ended &&
		    peer_tls->has_unread(connection->tls);
		struct pollfd entries[2] = {
			{ .fd = connection->near_ended ? -1 : connection->fd,
			    .events = POLLIN },
			{ .fd = connection->far_ended ? -1 : connection->far_fd,
			    .events = POLLIN },
		};

		if (poll(entries, 2, has_unread ? 0 : -1) == -1)
			err(1, "poll");
		if (entries[1].revents != 0)
			connection->far_ended = !pass_to_near(
			    connection, end - connection->sent);
		if ((entries[0].revents != 0 || has_unread) &&
		    connection->sent < end)
			connection->near_ended = !pass_to_far(connection);
	}
}

static bool
do_relay_part(struct connection *connection, char *const arguments[])
{
	relay(connection, arguments[0],
	    connection->sent + parse_size(arguments[1]));
	return (true);
}

static bool
do_relay(struct connection *connection, char *const arguments[])
{
	relay(connection, arguments[0], UINT64_MAX);
	return (true);
}

static const struct action {
	const char *name;
	int arguments;
	bool (*run)(struct connection *connection, char *const arguments[]);
} actions[] = {
	{ "abort-on-fin", 0, do_abort_on_fin },
	{ "bytes", 1, do_bytes },
	{ "bytes-by-turn", 2, do_bytes_by_turn },
	{ "bytes-slowly", 1, do_bytes_slowly },
	{ "close", 0, do_close },
	{ "drip", 2, do_drip },
	{ "echo", 0, do_echo },
	{ "exchange", 1, do_exchange },
	{ "expect", 1, do_expect },
	{ "flood", 1, do_flood },
	{ "pace", 2, do_pace },
	{ "pause", 1, do_pause },
	{ "raw", 1, do_raw },
	{ "records", 1, do_records },
	{ "recv", 1, do_recv },
	{ "recv-eof", 0, do_recv_eof },
	{ "recv-to", 1, do_recv_to },
	{ "refuse", 0, do_refuse },
	{ "relay", 1, do_relay },
	{ "relay-part", 2, do_relay_part },
	{ "renegotiate", 0, do_renegotiate },
	{ "reset", 0, do_reset },
	{ "send", 1, do_send },
	{ "send-pattern", 1, do_send_pattern },
	{ "send-urgent", 1, do_send_urgent },
	{ "shutdown", 0, do_shutdown },
	{ "silence", 0, do_silence },
	{ "touch", 1, do_touch },
	{ "truncate", 0, do_truncate },
	{ "update-keys", 0, do_update_keys },
	{ "wait", 1, do_wait },
};

/* Returns the action that begins the list, all of whose arguments follow. */
static const struct action *
find_action(char *const list[])
{
	size_t count = sizeof(actions) / sizeof(actions[0]);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(actions[i].name, list[0]) != 0)
			continue;
		for (int j = 1; j <= actions[i].arguments; j++)
			if (list[j] == NULL)
				errx(2, "%s: an argument is missing", list[0]);
		return (&actions[i]);
	}
	errx(2, "no such action: %s", list[0]);
}

static void
check_list(char *const list[])
{
	while (*list != NULL)
		list += 1 + find_action(list)->arguments;
}

static void
run_list(struct connection *connection, char *const list[])
{
	while (*list != NULL) {
		const struct action *action = find_action(list);

		if (!action->run(connection, list + 1))
			return;
		list += 1 + action->arguments;
	}
}

/* Waits for a connection at any of the addresses. */
static int
accept_next(struct sockaddr_storage *remote)
{
	socklen_t length = sizeof(*remote);
	const char *number = getenv("LISTEN_FDS");
	struct pollfd entries[64];
	nfds_t count = number != NULL ? (nfds_t)atoi(number) : 0;

	if (count == 0 || count > sizeof(entries) / sizeof(entries[0]))
		errx(2, "no sockets: to be started by listen");
	for (nfds_t i = 0; i < count; i++)
		entries[i] = (struct pollfd){
			.fd = FIRST_FD + (int)i,
			.events = POLLIN,
		};
	if (poll(entries, count, -1) == -1)
		err(1, "poll");
	for (nfds_t i = 0; i < count; i++)
		if (entries[i].revents != 0)
			return (accept(
			    entries[i].fd, (struct sockaddr *)remote, &length));
	return (-1);
}

/* Writes "on=127.0.0.1" and, where asked for, " port=1234". */
static void
report_address(FILE *report, const char *name, bool with_port,
    const struct sockaddr_storage *address)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	getnameinfo((const struct sockaddr *)address, sizeof(*address), host,
	    sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	fprintf(report, "%s=%s ", name, host);
	if (with_port)
		fprintf(report, "port=%s ", port);
}

/* Reads what -T has: "version=12,alpn=h2". */
static void
parse_settings(struct peer_tls_config *config, char *text)
{
	for (char *part = strtok(text, ","); part != NULL;
	     part = strtok(NULL, ",")) {
		char *value = strchr(part, '=');

		if (value == NULL)
			errx(2, "-T %s: no value", part);
		*value++ = '\0';
		if (strcmp(part, "version") == 0)
			config->version = atoi(value);
		else if (strcmp(part, "alpn") == 0)
			config->alpn = value;
		else if (strcmp(part, "alpn-required") == 0) {
			config->alpn = value;
			config->needs_alpn = true;
		} else if (strcmp(part, "ca") == 0)
			config->ca = value;
		else if (strcmp(part, "ciphers") == 0)
			config->ciphers = value;
		else if (strcmp(part, "tickets") == 0)
			config->tickets = (size_t)atoi(value);
		else
			errx(2, "-T %s: no such setting", part);
	}
}

/* Does the handshake, and acts out the list after it. */
static void
run_tls(struct connection *connection, const struct peer_tls_config *config,
    char *const list[], FILE *report)
{
	if (peer_tls == NULL)
		errx(2, "built without OpenSSL");
	connection->tls = peer_tls->accept(connection->fd, config);
	if (connection->tls == NULL) {
		connection->end = "handshake";
		return;
	}
	peer_tls->report(connection->tls, report);
	run_list(connection, list);
	if (!connection->truncate)
		peer_tls->shutdown(connection->tls);
	peer_tls->free(connection->tls);
}

/* Acts out the list on one connection. */
static void
serve(int fd, const struct sockaddr_storage *remote,
    const struct peer_tls_config *config, char *const list[], FILE *report)
{
	struct connection connection = {
		.fd = fd,
		.pattern = true,
		.end = "open",
		.far_fd = -1,
	};
	struct sockaddr_storage local = { 0 };
	socklen_t length = sizeof(local);

	getsockname(fd, (struct sockaddr *)&local, &length);
	if (config->certificate != NULL)
		run_tls(&connection, config, list, report);
	else
		run_list(&connection, list);
	close(fd);
	if (connection.far_fd != -1)
		close(connection.far_fd);
	report_address(report, "on", false, &local);
	report_address(report, "from", true, remote);
	fprintf(report,
	    "received=%" PRIu64 " pattern=%s sent=%" PRIu64 " end=%s\n",
	    connection.received, connection.pattern ? "yes" : "no",
	    connection.sent, connection.end);
	fflush(report);
}

int
main(int argc, char *argv[])
{
	struct peer_tls_config config = { .certificate = getenv("PEER_TLS") };
	FILE *report = stderr;
	int count = 1;
	int option;

	/* OpenSSL sends by write(2). */
	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt(argc, argv, "+k:r:t:T:")) != -1) {
		if (option == 'k')
			count = atoi(optarg);
		else if (option == 't')
			config.certificate = optarg;
		else if (option == 'T')
			parse_settings(&config, optarg);
		else if (option != 'r')
			return (2);
		else if ((report = fopen(optarg, "a")) == NULL)
			err(1, "%s", optarg);
	}
	check_list(argv + optind);
	for (int i = 0; count == 0 || i < count; i++) {
		struct sockaddr_storage remote = { 0 };
		int fd = accept_next(&remote);

		if (fd != -1)
			serve(fd, &remote, &config, argv + optind, report);
	}
	return (0);
}
