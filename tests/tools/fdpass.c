/* SPDX-License-Identifier: ISC */
/*
 * A parent that hands descriptors to a command, or takes one from it.
 *
 *	fdpass take COMMAND [ARGUMENT...]
 *	fdpass leave COMMAND [ARGUMENT...]
 *	fdpass give KIND COMMAND [ARGUMENT...]
 *
 * take: standard output of the command is a UNIX socket. One byte and a
 * descriptor (SCM_RIGHTS) come over it, and its end. A line says what the
 * descriptor is:
 *
 *	family=F peer=ADDR blocking=YES nodelay=NO bytes=1
 *
 * Standard input is sent over it, and its end; what comes back follows.
 * leave: likewise, but the parent closes its socket at once.
 *
 * give: the descriptor 7 of the command is a socket of this KIND: "unix", whose
 * other end sends back what comes; "nonblocking", the same with O_NONBLOCK;
 * "datagram", "listening" or "unconnected". A line on standard error says
 * "flags changed" when its status flags were changed at any time.
 *
 * It ends with the status of the command.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIVEN 7

/* How often the flags are checked. */
#define TICK_MS 2

/* Starts the command with `fd` as the descriptor `place`. */
static pid_t
start(int fd, int place, int keep, char **argv)
{
	pid_t child = fork();

	if (child == -1)
		err(1, "fork");
	if (child != 0)
		return (child);
	close(keep);
	if (fd != place && dup2(fd, place) == -1)
		err(1, "dup2");
	if (fd != place)
		close(fd);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

static int
finish(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) == -1)
		err(1, "waitpid");
	return (
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void
send_all(int fd, const char *bytes, ssize_t length)
{
	ssize_t n;

	for (; length > 0; bytes += n, length -= n) {
		n = write(fd, bytes, (size_t)length);
		if (n == -1)
			err(1, "write");
	}
}

static void
copy(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		send_all(to, bytes, n);
	if (n == -1)
		err(1, "read");
}

/* Receives a descriptor; -1: none came. Counts the bytes. */
static int
receive(int from, int *bytes)
{
	_Alignas(struct cmsghdr) char room[256];
	char byte[16];
	int fd = -1;
	ssize_t n;

	*bytes = 0;
	do {
		struct iovec iov = { byte, sizeof(byte) };
		struct msghdr message = { NULL, 0, &iov, 1, room, sizeof(room),
			0 };
		struct cmsghdr *header;

		n = recvmsg(from, &message, 0);
		if (n == -1)
			err(1, "recvmsg");
		*bytes += (int)n;
		header = CMSG_FIRSTHDR(&message);
		if (header != NULL && header->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	} while (n > 0);
	return (fd);
}

static void
describe(int fd, int bytes)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer), size = sizeof(int);
	char host[NI_MAXHOST];
	int nodelay = -1;

	if (getpeername(fd, (struct sockaddr *)&peer, &length) == -1 ||
	    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size) == -1)
		err(1, "the descriptor");
	if (getnameinfo((struct sockaddr *)&peer, length, host, sizeof(host),
		NULL, 0, NI_NUMERICHOST) != 0)
		errx(1, "getnameinfo");
	printf("family=%s peer=%s blocking=%s nodelay=%s bytes=%d\n",
	    peer.ss_family == AF_INET6 ? "IPv6" : "IPv4", host,
	    (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 ? "yes" : "no",
	    nodelay != 0 ? "yes" : "no", bytes);
	fflush(stdout);
}

static int
take(bool leave, char **argv)
{
	int pair[2], fd, bytes, status;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		err(1, "socketpair");
	if (leave)
		shutdown(pair[0], SHUT_RD);
	child = start(pair[1], STDOUT_FILENO, pair[0], argv);
	close(pair[1]);
	if (leave) {
		close(pair[0]);
		return (finish(child));
	}
	fd = receive(pair[0], &bytes);
	status = finish(child);
	if (fd == -1) {
		printf("no descriptor\n");
		return (status);
	}
	describe(fd, bytes);
	copy(STDIN_FILENO, fd);
	shutdown(fd, SHUT_WR);
	copy(fd, STDOUT_FILENO);
	return (status);
}

/* Makes the socket of this kind; *other is its other end, or -1. */
static int
make(const char *kind, int *other)
{
	int pair[2];
	int type = strcmp(kind, "datagram") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	bool is_listening = strcmp(kind, "listening") == 0;

	*other = -1;
	if (is_listening || strcmp(kind, "unconnected") == 0) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd == -1 || (is_listening && listen(fd, 1) == -1))
			err(1, "%s", kind);
		return (fd);
	}
	if (socketpair(AF_UNIX, type, 0, pair) == -1)
		err(1, "socketpair");
	if (strcmp(kind, "nonblocking") == 0)
		fcntl(pair[1], F_SETFL, O_NONBLOCK);
	*other = pair[0];
	return (pair[1]);
}

/* Sends back what comes, until `child` has closed its end. */
static void
echo(int other, int given, int flags)
{
	struct pollfd entry = { .fd = other, .events = POLLIN };
	char bytes[65536];
	bool changed = false;
	ssize_t n = 1;

	while (n > 0) {
		changed |= fcntl(given, F_GETFL) != flags;
		if (poll(&entry, 1, TICK_MS) == 0)
			continue;
		n = read(other, bytes, sizeof(bytes));
		send_all(other, bytes, n);
	}
	shutdown(other, SHUT_WR);
	changed |= fcntl(given, F_GETFL) != flags;
	if (changed)
		fprintf(stderr, "flags changed\n");
}

static int
give(const char *kind, char **argv)
{
	int other, given = make(kind, &other);
	int flags = fcntl(given, F_GETFL);
	pid_t child = start(given, GIVEN, other, argv);

	if (other != -1 && strcmp(kind, "datagram") != 0)
		echo(other, given, flags);
	return (finish(child));
}

int
main(int argc, char *argv[])
{
	/* A peer that has gone is an error of write(2). */
	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && strcmp(argv[1], "take") == 0)
		return (take(false, argv + 2));
	if (argc > 2 && strcmp(argv[1], "leave") == 0)
		return (take(true, argv + 2));
	if (argc > 3 && strcmp(argv[1], "give") == 0)
		return (give(argv[2], argv + 3));
	errx(2, "see the head of fdpass.c");
}
