/* SPDX-License-Identifier: ISC */
/*
 * A program that is not let run just after it has asked the kernel about a
 * connection: preloaded, it gets an answer that knows of unacknowledged bytes
 * after the peer's end only when those, and our FIN, are acknowledged. Standard
 * error says when it begins to wait for that.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Of <netinet/tcp.h>, which <linux/tcp.h> excludes. */
#define STATE_LAST_ACK 9
#define STATE_CLOSING  11

static bool
asks_about_tcp(int level, int name)
{
	return (level == IPPROTO_TCP && name == TCP_INFO);
}

/* Whether both ends are sent, and ours is not acknowledged. */
static bool
waits_for_last_ack(const struct tcp_info *info)
{
	return (info->tcpi_state == STATE_LAST_ACK ||
	    info->tcpi_state == STATE_CLOSING);
}

/* Waits until the answer is another one, as long as the socket answers. */
static void
wait_for_last_ack(int fd)
{
	struct tcp_info info;
	socklen_t length;

	do {
		poll(NULL, 0, 1);
		length = sizeof(info);
	} while (syscall(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info,
		     &length) == 0 &&
	    waits_for_last_ack(&info));
}

int
getsockopt(int fd, int level, int name, void *restrict value,
    socklen_t *restrict length)
{
	int result = (int)syscall(
	    SYS_getsockopt, fd, level, name, value, length);

	if (result == 0 && asks_about_tcp(level, name) &&
	    waits_for_last_ack(value)) {
		fprintf(stderr, "last_ack: an answer is held back\n");
		wait_for_last_ack(fd);
	}
	return (result);
}
