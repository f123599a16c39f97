/* SPDX-License-Identifier: ISC */
/*
 * Reads the acknowledgements from TCP_INFO.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "tcp_info.h"
#include "relay/unacked.h"

/* TCP_CLOSE of <netinet/tcp.h>, which <linux/tcp.h> does not have. */
#define STATE_CLOSE 7

struct acks {
	uint64_t bytes;    /* acknowledged so far */
	uint32_t segments; /* that brought them; 0: not known */
	uint32_t age_ms;   /* of the last acknowledgement */
	uint32_t mss;
	uint32_t round_trip; /* in microseconds */
	bool is_closed;      /* in the state CLOSE */
	bool retransmits;    /* the oldest segment was sent again, without an
				answer */
};

/* Reads the acknowledgements; false where the system does not report them. */
static bool
read_acks(int fd, struct acks *seen)
{
	(void)fd;
	*seen = (struct acks){ 0 };
#ifdef __linux__
	struct tcp_info info;
	socklen_t length = tcp_info_get(fd, &info);

	if (length > offsetof(struct tcp_info, tcpi_bytes_acked)) {
		seen->bytes = info.tcpi_bytes_acked;
		seen->age_ms = info.tcpi_last_ack_recv;
		seen->mss = info.tcpi_snd_mss;
		seen->round_trip = info.tcpi_rtt;
		seen->is_closed = info.tcpi_state == STATE_CLOSE;
		seen->retransmits = info.tcpi_retransmits > 0;
		if (length >= offsetof(struct tcp_info, tcpi_delivered) +
			sizeof(info.tcpi_delivered))
			seen->segments = info.tcpi_delivered;
		return (true);
	}
#endif
	return (false);
}

void
unacked_init(struct unacked *unacked, int fd)
{
	struct acks now, later;
	int queued = 0;

	/* Until no acknowledgement came between the two. */
	read_acks(fd, &later);
	do {
		now = later;
		if (ioctl(fd, TIOCOUTQ, &queued) == -1 || queued < 0)
			queued = 0;
		read_acks(fd, &later);
	} while (later.bytes != now.bytes);
	unacked->fd = fd;
	unacked->before = now.bytes + (uint64_t)queued;
}

/* Returns how many of the bytes that count are acknowledged. */
static uint64_t
acked_since(const struct unacked *unacked, const struct acks *now)
{
	return (
	    now->bytes > unacked->before ? now->bytes - unacked->before : 0);
}

uint64_t
unacked_bytes(const struct unacked *unacked, uint64_t sent)
{
	struct acks now;
	uint64_t acked;

	if (!read_acks(unacked->fd, &now))
		return (0);
	acked = acked_since(unacked, &now);
	return (acked >= sent ? 0 : sent - acked);
}

uint32_t
unacked_age_ms(const struct unacked *unacked)
{
	struct acks now;

	read_acks(unacked->fd, &now);
	return (now.age_ms);
}

bool
unacked_is_closed(const struct unacked *unacked)
{
	struct acks now;

	read_acks(unacked->fd, &now);
	return (now.is_closed);
}

uint32_t
unacked_round_trip(const struct unacked *unacked)
{
	struct acks now;

	read_acks(unacked->fd, &now);
	return (now.round_trip);
}

/* Where the average is half of a segment, hardly any was a full one. */
uint32_t
unacked_suspect_mss(const struct unacked *unacked, uint64_t sent)
{
	struct acks now;
	uint64_t acked;

	if (!read_acks(unacked->fd, &now) || !now.retransmits)
		return (0);
	acked = acked_since(unacked, &now);
	if (acked >= sent || sent - acked < now.mss ||
	    acked > (uint64_t)now.segments * now.mss / 2)
		return (0);
	return (now.mss);
}
