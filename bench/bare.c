/* SPDX-License-Identifier: ISC */
/*
 * bare: the least a relay can do, one single-threaded loop per technique.
 *
 *	bare splice|copy|map|mixed|sendfile|discard up|down|both PORT
 *	bare connect - PORT
 *
 * "mixed" copies upwards and splices downwards.
 *
 * It connects to 127.0.0.1, moves everything the given way and leaves. There
 * are no options, messages or limits, and an error ends it without a word:
 * only its speed is of interest, as the ceiling of what hecat can reach.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What measured best, of powers of two. */
#define IN_PIPE_BYTES  (256 * 1024)
#define OUT_PIPE_BYTES (1024 * 1024)
#define BUFFER_BYTES   ((size_t)256 * 1024)
/* What is asked for at once where there is no buffer. */
#define MOVE_BYTES ((size_t)1024 * 1024)

struct flow;

/* Moves once. Returns as read(2) does, and says what to wait for. */
typedef ssize_t move_fn(struct flow *flow);

struct flow {
	move_fn *move;
	int from;
	int to;
	int passage[2]; /* a pipe between two ends neither of which is one */
	char *buffer;
	size_t written;
	size_t count; /* in the buffer, or in the passage */
	off_t next;   /* to be mapped */
	off_t end;    /* of the file */
	struct pollfd wait;
	bool upload;
	bool over;
};

static ssize_t
wait_for(struct flow *flow, int fd, short events)
{
	flow->wait.fd = fd;
	flow->wait.events = events;
	return (-1);
}

/* Finds which end of a direct move is not ready. */
static ssize_t
wait_for_either(struct flow *flow)
{
	struct pollfd sink = { .fd = flow->to, .events = POLLOUT };

	if (poll(&sink, 1, 0) == 1)
		return (wait_for(flow, flow->from, POLLIN));
	return (wait_for(flow, flow->to, POLLOUT));
}

static ssize_t
move_spliced(struct flow *flow)
{
	ssize_t n = splice(
	    flow->from, NULL, flow->to, NULL, MOVE_BYTES, SPLICE_F_NONBLOCK);

	return (n == -1 && errno == EAGAIN ? wait_for_either(flow) : n);
}

/* Splices into the passage when it is empty, and out of it otherwise. */
static ssize_t
move_passage(struct flow *flow)
{
	ssize_t n;

	if (flow->count == 0) {
		n = splice(flow->from, NULL, flow->passage[1], NULL, MOVE_BYTES,
		    SPLICE_F_NONBLOCK);
		if (n == -1 && errno == EAGAIN)
			return (wait_for(flow, flow->from, POLLIN));
		if (n > 0)
			flow->count = (size_t)n;
		return (n);
	}
	n = splice(flow->passage[0], NULL, flow->to, NULL, flow->count,
	    SPLICE_F_NONBLOCK);
	if (n == -1 && errno == EAGAIN)
		return (wait_for(flow, flow->to, POLLOUT));
	if (n > 0)
		flow->count -= (size_t)n;
	return (n);
}

static ssize_t
write_out(struct flow *flow)
{
	ssize_t n;

	n = write(flow->to, flow->buffer + flow->written, flow->count);
	if (n == -1 && errno == EAGAIN)
		return (wait_for(flow, flow->to, POLLOUT));
	if (n > 0) {
		flow->written += (size_t)n;
		flow->count -= (size_t)n;
	}
	return (n);
}

static ssize_t
move_copied(struct flow *flow)
{
	ssize_t n;

	if (flow->count == 0) {
		n = read(flow->from, flow->buffer, BUFFER_BYTES);
		if (n == -1 && errno == EAGAIN)
			return (wait_for(flow, flow->from, POLLIN));
		if (n <= 0)
			return (n);
		flow->count = (size_t)n;
		flow->written = 0;
	}
	return (write_out(flow));
}

/*
 * Maps each part of a file over the one before; parts begin at multiples of
 * their size.
 */
static ssize_t
move_mapped(struct flow *flow)
{
	int fixed = flow->buffer != NULL ? MAP_FIXED : 0;
	off_t rest = flow->end - flow->next;

	if (flow->count == 0) {
		if (rest <= 0)
			return (0);
		flow->written = (size_t)flow->next % MOVE_BYTES;
		flow->buffer = mmap(flow->buffer, MOVE_BYTES, PROT_READ,
		    MAP_SHARED | fixed, flow->from,
		    flow->next - (off_t)flow->written);
		if (flow->buffer == MAP_FAILED)
			exit(1);
		flow->count = MOVE_BYTES - flow->written;
		if ((off_t)flow->count > rest)
			flow->count = (size_t)rest;
		flow->next += (off_t)flow->count;
	}
	return (write_out(flow));
}

static ssize_t
move_sendfile(struct flow *flow)
{
	ssize_t n = sendfile(flow->to, flow->from, NULL, MOVE_BYTES);

	return (
	    n == -1 && errno == EAGAIN ? wait_for(flow, flow->to, POLLOUT) : n);
}

static ssize_t
move_discarded(struct flow *flow)
{
	ssize_t n = recv(flow->from, NULL, MOVE_BYTES, MSG_TRUNC);

	return (n == -1 && errno == EAGAIN ? wait_for(flow, flow->from, POLLIN)
					   : n);
}

static mode_t
type_of(int fd)
{
	struct stat status;

	return (fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0);
}

static void
grow_pipes(const struct flow *flow)
{
	if (type_of(flow->from) == S_IFIFO)
		fcntl(flow->from, F_SETPIPE_SZ, IN_PIPE_BYTES);
	if (type_of(flow->to) == S_IFIFO)
		fcntl(flow->to, F_SETPIPE_SZ, OUT_PIPE_BYTES);
}

/* Chooses how to splice: directly, or through a pipe of its own. */
static void
prepare_splice(struct flow *flow)
{
	flow->move = move_spliced;
	if (type_of(flow->from) == S_IFIFO || type_of(flow->to) == S_IFIFO)
		return;
	flow->move = move_passage;
	if (pipe2(flow->passage, O_NONBLOCK) == -1)
		exit(1);
	fcntl(flow->passage[0], F_SETPIPE_SZ, OUT_PIPE_BYTES);
}

/*
 * Sends whole segments: what does not fill one would go with the next
 * acknowledgement, on its own.
 */
static void
cork(const struct flow *flow)
{
	int one = 1;

	setsockopt(flow->to, IPPROTO_TCP, TCP_CORK, &one, sizeof(one));
}

static void
prepare_copy(struct flow *flow)
{
	flow->move = move_copied;
	if (type_of(flow->from) == S_IFREG)
		cork(flow);
	flow->buffer = malloc(BUFFER_BYTES);
	if (flow->buffer == NULL)
		exit(1);
}

static void
prepare_sendfile(struct flow *flow)
{
	flow->move = move_sendfile;
	cork(flow);
}

/* Is not woken for each packet, since the sender would pay for that. */
static void
prepare_discard(struct flow *flow)
{
	int bytes = MOVE_BYTES;

	flow->move = move_discarded;
	setsockopt(flow->from, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

static void
prepare_map(struct flow *flow)
{
	flow->move = move_mapped;
	flow->next = lseek(flow->from, 0, SEEK_CUR);
	flow->end = lseek(flow->from, 0, SEEK_END);
}

static void
prepare(struct flow *flow, const char *technique)
{
	fcntl(flow->from, F_SETFL, fcntl(flow->from, F_GETFL) | O_NONBLOCK);
	fcntl(flow->to, F_SETFL, fcntl(flow->to, F_GETFL) | O_NONBLOCK);
	grow_pipes(flow);
	if (strcmp(technique, "mixed") == 0)
		technique = flow->upload ? "copy" : "splice";
	if (strcmp(technique, "splice") == 0)
		prepare_splice(flow);
	else if (strcmp(technique, "sendfile") == 0)
		prepare_sendfile(flow);
	else if (strcmp(technique, "discard") == 0)
		prepare_discard(flow);
	else if (strcmp(technique, "map") == 0)
		prepare_map(flow);
	else
		prepare_copy(flow);
}

static void
end_flow(struct flow *flow)
{
	flow->over = true;
	flow->wait.fd = -1;
	if (flow->upload)
		shutdown(flow->to, SHUT_WR);
	else
		close(flow->to);
}

/* Moves for a while; the other flow has its turn after that. */
static void
run(struct flow *flow)
{
	int turns;
	ssize_t n;

	if (flow->over)
		return;
	flow->wait.fd = -1;
	for (turns = 0; turns < 16; turns++) {
		n = flow->move(flow);
		if (n > 0)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		end_flow(flow);
		return;
	}
}

/* Whether the turn of a flow was over before it had to wait. */
static bool
goes_on(const struct flow *flow)
{
	return (!flow->over && flow->wait.fd == -1);
}

static void
relay(struct flow *flows)
{
	struct pollfd waits[2];
	int timeout;

	while (!flows[0].over || !flows[1].over) {
		waits[0] = flows[0].wait;
		waits[1] = flows[1].wait;
		timeout = goes_on(&flows[0]) || goes_on(&flows[1]) ? 0 : -1;
		if (poll(waits, 2, timeout) == -1)
			return;
		if (waits[0].revents != 0 || goes_on(&flows[0]))
			run(&flows[0]);
		if (waits[1].revents != 0 || goes_on(&flows[1]))
			run(&flows[1]);
	}
}

static int
connect_to(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	};
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		exit(1);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return (fd);
}

int
main(int argc, char *argv[])
{
	struct flow flows[2] = {
		{ .from = STDIN_FILENO, .upload = true, .over = true },
		{ .to = STDOUT_FILENO, .over = true },
	};
	int fd, i;

	if (argc != 4)
		return (2);
	fd = connect_to(argv[3]);
	if (strcmp(argv[1], "connect") == 0)
		return (0);
	flows[0].to = flows[1].from = fd;
	for (i = 0; i < 2; i++) {
		flows[i].wait.fd = -1;
		if (strcmp(argv[2], "both") != 0 &&
		    strcmp(argv[2], i == 0 ? "up" : "down") != 0)
			continue;
		flows[i].over = false;
		prepare(&flows[i], argv[1]);
	}
	relay(flows);
	return (0);
}
