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

struct look {
	uint64_t bytes;  /* acknowledged so far */
	uint32_t age_ms; /* of the last acknowledgement */
};

/* Looks at the acknowledgements; false where nobody tells. */
static bool
look(int fd, struct look *seen)
{
#ifdef __linux__
	struct tcp_info info;
	socklen_t length = sizeof(info);

	memset(&info, 0, sizeof(info));
	*seen = (struct look){ 0 };
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == -1 ||
	    length <= offsetof(struct tcp_info, tcpi_bytes_acked))
		return (false);
	seen->bytes = info.tcpi_bytes_acked;
	seen->age_ms = info.tcpi_last_ack_recv;
	return (true);
#else
	(void)fd;
	*seen = (struct look){ 0 };
	return (false);
#endif
}

void
arrival_begin(struct arrival *arrival, int fd)
{
	struct look now;

	look(fd, &now);
	arrival->fd = fd;
	arrival->before = now.bytes;
}

uint64_t
arrival_missing(const struct arrival *arrival, uint64_t sent)
{
	struct look now;
	uint64_t arrived;

	if (!look(arrival->fd, &now))
		return (0);
	arrived = now.bytes - arrival->before;
	return (arrived >= sent ? 0 : sent - arrived);
}

uint32_t
arrival_age_ms(const struct arrival *arrival)
{
	struct look now;

	look(arrival->fd, &now);
	return (now.age_ms);
}
