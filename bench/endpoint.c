/* SPDX-License-Identifier: ISC */
/*
 * The ends of a relay: sources that send one hot buffer again and again, and
 * sinks that throw away without a copy.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "endpoint.h"

/* What a source sends at once, small enough to stay in the cache. */
#define PIPE_PIECE_BYTES   ((size_t)64 * 1024)
#define SOCKET_PIECE_BYTES ((size_t)1024 * 1024)
/* What a sink asks for at once. */
#define SINK_BYTES ((size_t)1024 * 1024)
/* Descriptors that a process of ours may have at all. */
#define DESCRIPTORS 64

int64_t
clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

struct marks *
marks_new(void)
{
	void *shared = mmap(NULL, sizeof(struct marks), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED) {
		perror("bench: mmap");
		exit(1);
	}
	return (shared);
}

bool
endpoint_start(pid_t *pid, int a, int b, int c)
{
	int fd;

	*pid = fork();
	if (*pid == -1) {
		perror("bench: fork");
		exit(1);
	}
	if (*pid != 0)
		return (false);
	signal(SIGPIPE, SIG_IGN);
	for (fd = 0; fd < DESCRIPTORS; fd++)
		if (fd != STDERR_FILENO && fd != a && fd != b && fd != c)
			close(fd);
	return (true);
}

void
endpoint_note(struct marks *marks, enum flow flow, size_t count)
{
	marks->bytes[flow] += count;
	if (marks->bytes[flow] >= marks->amount[flow] &&
	    marks->ended[flow] == 0)
		marks->ended[flow] = clock_ns();
}

/*
 * Writes one hot buffer again and again. To lend its pages, with vmsplice(2)
 * or sendfile(2), would cost less here and more elsewhere: the processors then
 * contend for the reference counts of these few pages, which no real source
 * makes them do.
 */
static void
feed(int fd, uint64_t rest, size_t piece)
{
	static char hot[SOCKET_PIECE_BYTES];
	ssize_t n;

	/* Pages of its own, not the one of zeroes. */
	memset(hot, 'x', piece);
	while (rest > 0) {
		n = write(fd, hot, rest < piece ? (size_t)rest : piece);
		if (n <= 0)
			return;
		rest -= (uint64_t)n;
	}
}

pid_t
endpoint_feed_pipe(int fd, struct marks *marks)
{
	pid_t pid;

	if (!endpoint_start(&pid, fd, -1, -1))
		return (pid);
	feed(fd, marks->amount[FLOW_UP], PIPE_PIECE_BYTES);
	_exit(0);
}

pid_t
endpoint_drain_pipe(int fd, struct marks *marks)
{
	int null;
	ssize_t n;
	pid_t pid;

	if (!endpoint_start(&pid, fd, -1, -1))
		return (pid);
	null = open("/dev/null", O_WRONLY);
	while ((n = splice(fd, NULL, null, NULL, SINK_BYTES, 0)) > 0)
		endpoint_note(marks, FLOW_DOWN, (size_t)n);
	_exit(0);
}

int
endpoint_accept(int listener, struct marks *marks)
{
	int one = 1;
	int fd = accept(listener, NULL, NULL);

	if (fd == -1)
		_exit(1);
	close(listener);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	marks->accepted = clock_ns();
	return (fd);
}

static void
feed_socket(int fd, uint64_t amount)
{
	feed(fd, amount, SOCKET_PIECE_BYTES);
	shutdown(fd, SHUT_WR);
}

/* Throws away what comes, in the kernel, until the end. */
static void
drain_socket(int fd, struct marks *marks)
{
	ssize_t n;

	while ((n = recv(fd, NULL, SINK_BYTES, MSG_TRUNC)) > 0)
		endpoint_note(marks, FLOW_UP, (size_t)n);
}

pid_t
endpoint_serve(int listener, struct marks *marks)
{
	bool both;
	int fd;
	pid_t pid;

	if (!endpoint_start(&pid, listener, -1, -1))
		return (pid);
	both = marks->amount[FLOW_UP] > 0 && marks->amount[FLOW_DOWN] > 0;
	fd = endpoint_accept(listener, marks);
	if (both && fork() == 0) {
		feed_socket(fd, marks->amount[FLOW_DOWN]);
		_exit(0);
	}
	if (!both && marks->amount[FLOW_DOWN] > 0)
		feed_socket(fd, marks->amount[FLOW_DOWN]);
	drain_socket(fd, marks);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

pid_t
endpoint_ping(int listener, int in, int out, struct marks *marks)
{
	char byte = 'x';
	int fd;
	pid_t pid;

	if (!endpoint_start(&pid, listener, in, out))
		return (pid);
	fd = endpoint_accept(listener, marks);
	while (marks->bytes[FLOW_UP] < marks->amount[FLOW_UP]) {
		if (write(in, &byte, 1) != 1 || recv(fd, &byte, 1, 0) != 1 ||
		    send(fd, &byte, 1, 0) != 1 || read(out, &byte, 1) != 1)
			break;
		endpoint_note(marks, FLOW_UP, 1);
	}
	shutdown(fd, SHUT_WR);
	close(in);
	drain_socket(fd, marks);
	_exit(0);
}
