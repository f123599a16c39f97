/* SPDX-License-Identifier: ISC */
/*
 * The device that joins the kernel's network to this program: IP packets go
 * out of it and come in by it, whatever it is made of.
 *
 * A TUN device is preferred.  Where it is not permitted, the far end of a
 * veth pair is read and written through a packet socket; the near end does
 * not resolve neighbours, so no ARP or NDP has to be answered.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "netlink.h"

#define DEVICE_NAME "net0"

enum device_kind { DEVICE_ANY, DEVICE_TUN, DEVICE_VETH };

struct device {
	int fd; /* non-blocking, to be polled for input */
	unsigned index;
	unsigned far_index; /* of a veth pair; 0: this is a TUN device */
	uint8_t near_address[6];
};

/*
 * Creates the device in the current network namespace and brings it up.
 * Returns NULL, or else a text that names what is missing, with errno set.
 */
const char *device_open(
    struct device *device, enum device_kind kind, struct netlink *netlink);

/* Reads one packet; returns its length, or -1 when there is none. */
ssize_t device_read(struct device *device, uint8_t *buffer, size_t size);

/* Sends one packet to the kernel. */
void device_write(struct device *device, const uint8_t *packet, size_t length);

void device_close(struct device *device);

#endif
