/* SPDX-License-Identifier: ISC */
/*
 * What everybody on the scripted network shares: the scenario, the time, the
 * log and the device that packets leave by.
 */
#ifndef WIRE_H
#define WIRE_H

#include "device.h"
#include "packet.h"
#include "scenario.h"
#include "timers.h"
#include "wire_log.h"

struct wire {
	struct scenario *scenario;
	struct timers *timers;
	struct wire_log *log;
	struct device *device;
};

/* Sends a TCP or UDP packet. */
void wire_send(struct wire *wire, const struct packet *packet);

/*
 * Sends an ICMP error about a packet once `delay` has passed.  A router of
 * family 0 is the default one, or the target for some kinds.
 */
void wire_send_icmp(struct wire *wire, int64_t delay,
    const struct packet *subject, const struct icmp_kind *kind,
    const struct ip *router);

/* Returns the two ends of a packet that came in. */
struct wire_ends wire_packet_ends(const struct packet *packet);

#endif
