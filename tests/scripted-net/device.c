/* SPDX-License-Identifier: ISC */
/*
 * The device that joins the kernel's network to this program: a TUN device,
 * or a veth pair with a packet socket on its far end.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.h"
#include "packet.h"

#define FAR_NAME       DEVICE_NAME "-far"
#define QUEUE_LENGTH   10000
#define RECEIVE_BUFFER (16 * 1024 * 1024)

static bool
open_tun(struct device *device)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	device->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device->fd == -1)
		return (false);
	memcpy(request.ifr_name, DEVICE_NAME, sizeof(DEVICE_NAME));
	if (ioctl(device->fd, TUNSETIFF, &request) == -1) {
		device_close(device);
		return (false);
	}
	device->index = if_nametoindex(DEVICE_NAME);
	return (true);
}

/* Learns the hardware address that the near end takes packets for. */
static bool
find_near_address(struct device *device)
{
	struct ifreq request = { 0 };

	memcpy(request.ifr_name, DEVICE_NAME, sizeof(DEVICE_NAME));
	if (ioctl(device->fd, SIOCGIFHWADDR, &request) == -1)
		return (false);
	memcpy(device->near_address, request.ifr_hwaddr.sa_data,
	    sizeof(device->near_address));
	return (true);
}

/* Binds the packet socket to the far end. */
static bool
attach(struct device *device)
{
	struct sockaddr_ll far = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)device->far_index };
	int size = RECEIVE_BUFFER;

	if (setsockopt(device->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		sizeof(size)) == -1)
		setsockopt(
		    device->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return (
	    bind(device->fd, (const struct sockaddr *)&far, sizeof(far)) == 0 &&
	    find_near_address(device));
}

static bool
open_veth(struct device *device, struct netlink *netlink)
{
	if (!netlink_add_veth(netlink, DEVICE_NAME, FAR_NAME))
		return (false);
	device->index = if_nametoindex(DEVICE_NAME);
	device->far_index = if_nametoindex(FAR_NAME);
	if (!netlink_link_no_arp(netlink, device->index) ||
	    !netlink_link_up(netlink, device->far_index))
		return (false);
	device->fd = socket(
	    AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (device->fd == -1)
		return (false);
	if (attach(device))
		return (true);
	device_close(device);
	return (false);
}

const char *
device_open(
    struct device *device, enum device_kind kind, struct netlink *netlink)
{
	bool opened = false;

	memset(device, 0, sizeof(*device));
	device->fd = -1;
	if (kind != DEVICE_VETH)
		opened = open_tun(device);
	if (!opened && kind != DEVICE_TUN)
		opened = open_veth(device, netlink);
	if (!opened)
		return (kind == DEVICE_TUN
			? "no TUN device"
			: "neither a TUN device nor a veth pair");
	if (netlink_link_queue(netlink, device->index, QUEUE_LENGTH) &&
	    netlink_link_up(netlink, device->index))
		return (NULL);
	device_close(device);
	return ("cannot bring the device up");
}

/* A packet socket also reports what is sent on the link it listens on. */
static ssize_t
read_far(struct device *device, uint8_t *buffer, size_t size)
{
	struct sockaddr_ll from = { 0 };
	socklen_t length = sizeof(from);
	ssize_t received;

	do {
		received = recvfrom(device->fd, buffer, size, 0,
		    (struct sockaddr *)&from, &length);
	} while (received != -1 && from.sll_pkttype == PACKET_OUTGOING);
	return (received);
}

ssize_t
device_read(struct device *device, uint8_t *buffer, size_t size)
{
	if (device->far_index != 0)
		return (read_far(device, buffer, size));
	return (read(device->fd, buffer, size));
}

/* What the kernel does not take is lost, as on any network, but not unsaid. */
void
device_write(struct device *device, const uint8_t *packet, size_t length)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)device->far_index,
		.sll_halen = sizeof(device->near_address) };
	ssize_t written;

	if (device->far_index == 0) {
		written = write(device->fd, packet, length);
	} else {
		to.sll_protocol = htons(
		    packet[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
		memcpy(to.sll_addr, device->near_address,
		    sizeof(device->near_address));
		written = sendto(device->fd, packet, length, 0,
		    (const struct sockaddr *)&to, sizeof(to));
	}
	if (written == -1)
		warn("a packet of %zu bytes is lost", length);
}

void
device_close(struct device *device)
{
	int saved = errno;

	close(device->fd);
	device->fd = -1;
	errno = saved;
}
