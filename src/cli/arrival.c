/* SPDX-License-Identifier: ISC */
/*
 * What TCP_INFO says has been acknowledged.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __linux__
#include <linux/tcp.h>
#endif

#include "arrival.h"

/* Counts the bytes acknowledged so far; false where nobody tells. */
static bool
acknowledged(int fd, uint64_t *bytes)
{
#ifdef __linux__
	struct tcp_info info;
	socklen_t length = sizeof(info);

	memset(&info, 0, sizeof(info));
	*bytes = 0;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == -1 ||
	    length <= offsetof(struct tcp_info, tcpi_bytes_acked))
		return (false);
	*bytes = info.tcpi_bytes_acked;
	return (true);
#else
	(void)fd;
	*bytes = 0;
	return (false);
#endif
}

void
arrival_begin(struct arrival *arrival, int fd)
{
	arrival->fd = fd;
	acknowledged(fd, &arrival->before);
}

uint64_t
arrival_missing(const struct arrival *arrival, uint64_t sent)
{
	uint64_t arrived;

	if (!acknowledged(arrival->fd, &arrived))
		return (0);
	arrived -= arrival->before;
	return (arrived >= sent ? 0 : sent - arrived);
}
