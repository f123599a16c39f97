/* SPDX-License-Identifier: ISC */
/*
 * The few rtnetlink requests that set up a network device.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"
#include "timers.h"

#define LOCAL_DEADLINE (10 * NS_PER_S)
#define LOCAL_CHECK    (100 * NS_PER_US)

#define GENERATE_NO_ADDRESS 1 /* IN6_ADDR_GEN_MODE_NONE */

/* A request under construction: header, family header, attributes. */
struct request {
	struct nlmsghdr header;
	uint8_t body[1024];
};

static void *
request_start(struct request *request, int type, int flags, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_type = (uint16_t)type;
	request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK |
	    flags);
	request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
	return (request->body);
}

/* Appends one attribute; the few there are always fit. */
static size_t
put(struct request *request, int type, const void *data, size_t size)
{
	size_t offset = NLMSG_ALIGN(request->header.nlmsg_len);
	struct rtattr attribute = { .rta_len = (uint16_t)RTA_LENGTH(size),
		.rta_type = (uint16_t)type };
	uint8_t *place = request->body + offset - NLMSG_HDRLEN;

	memcpy(place, &attribute, sizeof(attribute));
	if (size > 0)
		memcpy(place + RTA_LENGTH(0), data, size);
	request->header.nlmsg_len = (uint32_t)(offset + RTA_LENGTH(size));
	return (offset - NLMSG_HDRLEN);
}

/* Ends the nested attribute that put() began at `start`. */
static void
nest_end(struct request *request, size_t start)
{
	uint16_t length = (uint16_t)(request->header.nlmsg_len - NLMSG_HDRLEN -
	    start);

	memcpy(request->body + start, &length, sizeof(length));
}

/* Sends the request and returns the verdict of the kernel. */
static bool
transact(struct netlink *netlink, struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		uint8_t rest[2048];
	} answer;
	ssize_t length;

	request->header.nlmsg_seq = ++netlink->sequence;
	if (send(netlink->fd, request, request->header.nlmsg_len, 0) == -1)
		return (false);
	do {
		length = recv(netlink->fd, &answer, sizeof(answer), 0);
		if (length == -1)
			return (false);
	} while (answer.header.nlmsg_seq != netlink->sequence);
	if (answer.header.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return (false);
	}
	errno = -answer.error.error;
	return (answer.error.error == 0);
}

bool
netlink_open(struct netlink *netlink)
{
	netlink->sequence = 0;
	netlink->fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	return (netlink->fd != -1);
}

void
netlink_close(struct netlink *netlink)
{
	close(netlink->fd);
}

/* Asks that the device gets no link-local address, nor solicits routers. */
static bool
without_link_local(struct netlink *netlink, unsigned index)
{
	struct request request;
	struct ifinfomsg *link = request_start(
	    &request, RTM_NEWLINK, 0, sizeof(*link));
	uint8_t mode = GENERATE_NO_ADDRESS;
	size_t specification, family;

	link->ifi_index = (int)index;
	specification = put(&request, IFLA_AF_SPEC, NULL, 0);
	family = put(&request, AF_INET6, NULL, 0);
	put(&request, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
	nest_end(&request, family);
	nest_end(&request, specification);
	return (transact(netlink, &request));
}

static bool
set_flags(struct netlink *netlink, unsigned index, unsigned flags)
{
	struct request request;
	struct ifinfomsg *link = request_start(
	    &request, RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = (int)index;
	link->ifi_flags = flags;
	link->ifi_change = flags;
	return (transact(netlink, &request));
}

bool
netlink_link_queue(struct netlink *netlink, unsigned index, unsigned length)
{
	struct request request;
	struct ifinfomsg *link = request_start(
	    &request, RTM_NEWLINK, 0, sizeof(*link));
	uint32_t packets = length;

	link->ifi_index = (int)index;
	put(&request, IFLA_TXQLEN, &packets, sizeof(packets));
	return (transact(netlink, &request));
}

/* A kernel without IPv6 has no link-local addresses to do without. */
bool
netlink_link_up(struct netlink *netlink, unsigned index)
{
	without_link_local(netlink, index);
	return (set_flags(netlink, index, IFF_UP));
}

bool
netlink_link_no_arp(struct netlink *netlink, unsigned index)
{
	return (set_flags(netlink, index, IFF_NOARP));
}

bool
netlink_add_veth(struct netlink *netlink, const char *near, const char *far)
{
	struct request request;
	struct ifinfomsg peer = { .ifi_family = AF_UNSPEC };
	size_t information, data, other;

	request_start(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
	    sizeof(struct ifinfomsg));
	put(&request, IFLA_IFNAME, near, strlen(near) + 1);
	information = put(&request, IFLA_LINKINFO, NULL, 0);
	put(&request, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = put(&request, IFLA_INFO_DATA, NULL, 0);
	other = put(&request, VETH_INFO_PEER, &peer, sizeof(peer));
	put(&request, IFLA_IFNAME, far, strlen(far) + 1);
	nest_end(&request, other);
	nest_end(&request, data);
	nest_end(&request, information);
	return (transact(netlink, &request));
}

/* Returns whether what is sent to this address would stay here. */
static bool
is_local(struct netlink *netlink, const struct ip *ip)
{
	struct request request;
	struct rtmsg *route = request_start(
	    &request, RTM_GETROUTE, 0, sizeof(*route));
	struct {
		struct nlmsghdr header;
		struct rtmsg route;
		uint8_t rest[2048];
	} answer;
	ssize_t length;

	route->rtm_family = (uint8_t)ip->family;
	route->rtm_dst_len = (uint8_t)(ip_size(ip) * 8);
	put(&request, RTA_DST, ip->bytes, ip_size(ip));
	/* The answer is the route, or else an error. */
	request.header.nlmsg_flags = NLM_F_REQUEST;
	request.header.nlmsg_seq = ++netlink->sequence;
	if (send(netlink->fd, &request, request.header.nlmsg_len, 0) == -1)
		return (false);
	do {
		length = recv(netlink->fd, &answer, sizeof(answer), 0);
		if (length == -1)
			return (false);
	} while (answer.header.nlmsg_seq != netlink->sequence);
	return (answer.header.nlmsg_type == RTM_NEWROUTE &&
	    answer.route.rtm_type == RTN_LOCAL);
}

/*
 * The kernel sends from an address at once, but leaves the route of the answers
 * to a worker, which a busy machine may keep waiting beyond the first of them.
 */
bool
netlink_wait_until_local(struct netlink *netlink, const struct ip *ip)
{
	const struct timespec pause = { .tv_nsec = LOCAL_CHECK };
	int64_t deadline = clock_now() + LOCAL_DEADLINE;

	while (!is_local(netlink, ip)) {
		if (clock_now() > deadline) {
			errno = ETIMEDOUT;
			return (false);
		}
		nanosleep(&pause, NULL);
	}
	return (true);
}

bool
netlink_add_address(struct netlink *netlink, unsigned index,
    const struct ip_prefix *address, enum netlink_address kind)
{
	struct request request;
	struct ifaddrmsg *message = request_start(
	    &request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*message));
	struct ifa_cacheinfo lifetime = { .ifa_prefered = 0,
		.ifa_valid = UINT32_MAX };
	uint32_t temporary = IFA_F_NODAD | IFA_F_MANAGETEMPADDR;
	const struct ip *ip = &address->address;

	message->ifa_family = (uint8_t)ip->family;
	message->ifa_prefixlen = (uint8_t)address->length;
	message->ifa_index = index;
	message->ifa_flags = ip->family == AF_INET6 ? IFA_F_NODAD : 0;
	if (kind == NETLINK_BASE_OF_TEMPORARY)
		put(&request, IFA_FLAGS, &temporary, sizeof(temporary));
	put(&request, IFA_LOCAL, ip->bytes, ip_size(ip));
	put(&request, IFA_ADDRESS, ip->bytes, ip_size(ip));
	if (kind == NETLINK_DEPRECATED)
		put(&request, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
	return (transact(netlink, &request) &&
	    (ip->family != AF_INET6 || netlink_wait_until_local(netlink, ip)));
}

bool
netlink_add_route(struct netlink *netlink, int type,
    const struct ip_prefix *prefix, unsigned index, unsigned metric)
{
	struct request request;
	struct rtmsg *route = request_start(
	    &request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(*route));
	uint32_t priority = metric, link = index;

	route->rtm_family = (uint8_t)prefix->address.family;
	route->rtm_dst_len = (uint8_t)prefix->length;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_STATIC;
	route->rtm_scope = RT_SCOPE_UNIVERSE;
	route->rtm_type = (uint8_t)type;
	if (prefix->length > 0)
		put(&request, RTA_DST, prefix->address.bytes,
		    ip_size(&prefix->address));
	if (index != 0)
		put(&request, RTA_OIF, &link, sizeof(link));
	put(&request, RTA_PRIORITY, &priority, sizeof(priority));
	return (transact(netlink, &request));
}
