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

/*
 * What getsockopt(2) returns of a connection of Multipath TCP, in the layout of
 * <linux/mptcp.h>, which older systems do not have.
 */
#define LEVEL_MPTCP 284
#define MPTCP_INFO  1
struct mptcp_sequences {
	uint8_t counts[8];
	uint32_t flags;
	uint32_t token;
	uint64_t write_seq;
	uint64_t snd_una;
};

/* TCP_CLOSE of <netinet/tcp.h>, which <linux/tcp.h> does not have. */
#define STATE_CLOSE 7

struct acks {
	uint64_t bytes;    /* acknowledged so far */
	uint32_t segments; /* that brought them; 0: not known */
	uint32_t age_ms;   /* of the last acknowledgement */
	uint32_t mss;
	uint32_t round_trip; /* in microseconds */
	bool in_flight;      /* some are not acknowledged, or not sent yet */
	bool is_closed;      /* in the state CLOSE */
	bool retransmits;    /* the oldest segment was sent again, without an
				answer */
};

/* Reads the sequence numbers of Multipath TCP; false: it is none. */
static bool
read_sequences(int fd, struct mptcp_sequences *sequences)
{
	socklen_t length = sizeof(*sequences);

	return (
	    getsockopt(fd, LEVEL_MPTCP, MPTCP_INFO, sequences, &length) == 0 &&
	    length == sizeof(*sequences));
}

/*
 * Reads the acknowledgements; false where the system does not report them.
 * TCP_INFO is that of the first path of several: the bytes are counted by the
 * sequence numbers of all.
 */
static bool
read_acks(int fd, bool is_multipath, struct acks *seen)
{
	struct mptcp_sequences sequences = { .snd_una = 0 };

	*seen = (struct acks){ 0 };
	if (is_multipath && !read_sequences(fd, &sequences))
		return (false);
#ifdef __linux__
	struct tcp_info info;
	socklen_t length = tcp_info_get(fd, &info);

	/* The SYN is one of them: 0 are left when a socket of Multipath TCP has
	   given up its closed connection, with all that was known of it. */
	if (length > offsetof(struct tcp_info, tcpi_bytes_acked) &&
	    (info.tcpi_state != STATE_CLOSE || info.tcpi_bytes_acked > 0)) {
		seen->bytes = is_multipath ? sequences.snd_una
					   : info.tcpi_bytes_acked;
		seen->in_flight = is_multipath || info.tcpi_unacked > 0 ||
		    info.tcpi_notsent_bytes > 0;
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
	struct mptcp_sequences sequences;
	struct acks now, later;
	int queued = 0;

	unacked->fd = fd;
	unacked->is_multipath = read_sequences(fd, &sequences);
	/* Until no acknowledgement came between the two. */
	read_acks(fd, unacked->is_multipath, &later);
	do {
		now = later;
		/* A socket of Multipath TCP whose peer has none counts its SYN.
		 */
		if (!now.in_flight || ioctl(fd, TIOCOUTQ, &queued) == -1 ||
		    queued < 0)
			queued = 0;
		read_acks(fd, unacked->is_multipath, &later);
	} while (later.bytes != now.bytes);
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

	if (!read_acks(unacked->fd, unacked->is_multipath, &now))
		return (0);
	acked = acked_since(unacked, &now);
	return (acked >= sent ? 0 : sent - acked);
}

uint32_t
unacked_age_ms(const struct unacked *unacked)
{
	struct acks now;

	read_acks(unacked->fd, unacked->is_multipath, &now);
	return (now.age_ms);
}

bool
unacked_is_closed(const struct unacked *unacked)
{
	struct acks now;

	read_acks(unacked->fd, unacked->is_multipath, &now);
	return (now.is_closed);
}

uint32_t
unacked_round_trip(const struct unacked *unacked)
{
	struct acks now;

	read_acks(unacked->fd, unacked->is_multipath, &now);
	return (now.round_trip);
}

/* Where the average is half of a segment, hardly any was a full one. */
uint32_t
unacked_suspect_mss(const struct unacked *unacked, uint64_t sent)
{
	struct acks now;
	uint64_t acked;

	if (!read_acks(unacked->fd, unacked->is_multipath, &now) ||
	    !now.retransmits)
		return (0);
	acked = acked_since(unacked, &now);
	if (acked >= sent || sent - acked < now.mss ||
	    acked > (uint64_t)now.segments * now.mss / 2)
		return (0);
	return (now.mss);
}
