/* SPDX-License-Identifier: ISC */
/*
 * Source addresses from the kernel, and the snapshot of all addresses.
 *
 * On Linux the snapshot is an RTM_GETADDR dump, the only source of the flags
 * for deprecated and home addresses; elsewhere it is getifaddrs().
 */
#include <sys/ioctl.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/rtnetlink.h>
#endif

#include "descriptor.h"
#include "source_address.h"

/* One address of the host; source.tunnel is filled in when it is needed. */
struct row {
	struct destsort_source source;
	unsigned interface;
};

struct family {
	int fd;                      /* -1: not open */
	struct destsort_source last; /* cached: many destinations share it */
};

enum snapshot_state { SNAPSHOT_NONE, SNAPSHOT_COMPLETE, SNAPSHOT_FAILED };

struct source_address {
	struct family ipv4;
	struct family ipv6;
	enum snapshot_state snapshot;
	struct row *rows;
	size_t count;
};

struct source_address *
source_address_new(void)
{
	struct source_address *sources = calloc(1, sizeof(*sources));

	if (sources == NULL)
		return (NULL);
	sources->ipv4.fd = sources->ipv6.fd = -1;
	return (sources);
}

static void
close_socket(struct family *family)
{
	if (family->fd != -1)
		close(family->fd);
	family->fd = -1;
}

void
source_address_close(struct source_address *sources)
{
	close_socket(&sources->ipv4);
	close_socket(&sources->ipv6);
}

void
source_address_free(struct source_address *sources)
{
	if (sources == NULL)
		return;
	source_address_close(sources);
	free(sources->rows);
	free(sources);
}

/* Appends *row; false when out of memory. */
static bool
add_row(struct source_address *sources, const struct row *row)
{
	struct row *rows = realloc(
	    sources->rows, (sources->count + 1) * sizeof(*rows));

	if (rows == NULL)
		return (false);
	rows[sources->count++] = *row;
	sources->rows = rows;
	return (true);
}

#ifdef __linux__

enum dump_state { DUMP_MORE, DUMP_DONE, DUMP_FAILED };

/* Fills in a row's address, a link-local one with its scope. */
static bool
set_address(struct row *row, int family, struct rtattr *attribute)
{
	struct address *address = &row->source.address;
	const bool ipv4 = family == AF_INET;
	void *bytes = ipv4 ? (void *)&address->in.sin_addr
			   : (void *)&address->in6.sin6_addr;
	size_t length = ipv4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);

	address->sa.sa_family = (sa_family_t)family;
	address->length = ipv4 ? sizeof(address->in) : sizeof(address->in6);
	if (attribute == NULL || RTA_PAYLOAD(attribute) != length)
		return (false);
	memcpy(bytes, RTA_DATA(attribute), length);
	if (!ipv4 && IN6_IS_ADDR_LINKLOCAL(bytes))
		address->in6.sin6_scope_id = row->interface;
	return (true);
}

/*
 * Returns the next attribute and reduces *left, the bytes that are left.
 * RTA_NEXT() mixes signed and unsigned types.
 */
static struct rtattr *
next_attribute(struct rtattr *attribute, int *left)
{
	int size = (int)RTA_ALIGN(attribute->rta_len);

	*left -= size;
	return ((struct rtattr *)((char *)attribute + size));
}

/* Adds the row of one RTM_NEWADDR message; false when out of memory. */
static bool
add_message(struct source_address *sources, struct nlmsghdr *header)
{
	/* RFC 4429 section 3.1: an optimistic address counts as deprecated. */
	const unsigned deprecated = IFA_F_DEPRECATED | IFA_F_OPTIMISTIC;
	struct ifaddrmsg *message = NLMSG_DATA(header);
	struct rtattr *attribute = IFA_RTA(message), *local = NULL;
	int left = (int)IFA_PAYLOAD(header);
	struct row row = { .interface = message->ifa_index };

	if (message->ifa_family != AF_INET && message->ifa_family != AF_INET6)
		return (true);
	/* On a point-to-point link IFA_ADDRESS is the address of the peer. */
	for (; RTA_OK(attribute, left);
	     attribute = next_attribute(attribute, &left))
		if (attribute->rta_type == IFA_LOCAL ||
		    (attribute->rta_type == IFA_ADDRESS && local == NULL))
			local = attribute;
	row.source.prefix_length = message->ifa_prefixlen;
	row.source.deprecated = (message->ifa_flags & deprecated) != 0;
	row.source.home = (message->ifa_flags & IFA_F_HOMEADDRESS) != 0;
	return (!set_address(&row, message->ifa_family, local) ||
	    add_row(sources, &row));
}

/* Adds the rows of one datagram of the dump. */
static enum dump_state
add_messages(
    struct source_address *sources, struct nlmsghdr *header, ssize_t left)
{
	for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return (DUMP_DONE);
		if (header->nlmsg_type == NLMSG_ERROR ||
		    (header->nlmsg_type == RTM_NEWADDR &&
			!add_message(sources, header)))
			return (DUMP_FAILED);
	}
	return (DUMP_MORE);
}

/*
 * Receives the dump. The kernel makes the first part when it gets the request
 * and the next one when a part is received, so the calls never wait. Only the
 * kernel, and processes that may change the addresses, can write to the socket.
 */
static enum dump_state
receive_dump(struct source_address *sources, int fd)
{
	union {
		struct nlmsghdr header;
		char bytes[32768]; /* no datagram of a dump is larger */
	} buffer;
	enum dump_state state = DUMP_MORE;
	ssize_t length;

	while (state == DUMP_MORE) {
		length = recv(
		    fd, buffer.bytes, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC);
		if (length <= 0 || (size_t)length > sizeof(buffer))
			return (DUMP_FAILED);
		state = add_messages(sources, &buffer.header, length);
	}
	return (state);
}

/* Fills the rows; false when they are not complete. */
static bool
read_interfaces(struct source_address *sources)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg message;
	} request = { .header = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_GETADDR,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	int fd = descriptor_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, false);
	bool done;

	if (fd == -1)
		return (false);
	done = send(fd, &request, sizeof(request), MSG_DONTWAIT) ==
		sizeof(request) &&
	    receive_dump(sources, fd) == DUMP_DONE;
	close(fd);
	return (done);
}

/* Returns whether an interface encapsulates; `fd` is any socket. */
static bool
is_tunnel(int fd, unsigned interface)
{
	struct ifreq request = { .ifr_ifindex = (int)interface };

	if (ioctl(fd, SIOCGIFNAME, &request) == -1 ||
	    ioctl(fd, SIOCGIFHWADDR, &request) == -1)
		return (false);
	return (request.ifr_hwaddr.sa_family == ARPHRD_TUNNEL ||
	    request.ifr_hwaddr.sa_family == ARPHRD_TUNNEL6 ||
	    request.ifr_hwaddr.sa_family == ARPHRD_SIT);
}

#else /* no rtnetlink */

/* Counts the leading one bits of a netmask. */
static unsigned
netmask_length(const void *netmask, int family)
{
	const bool ipv4 = family == AF_INET;
	const unsigned char *bytes = (const unsigned char *)netmask +
	    (ipv4 ? offsetof(struct sockaddr_in, sin_addr)
		  : offsetof(struct sockaddr_in6, sin6_addr));
	unsigned length = 0, width = ipv4 ? 32 : 128;

	while (length < width && (bytes[length / 8] << length % 8 & 0x80) != 0)
		length++;
	return (length);
}

/* Fills the rows; false when they are not complete. */
static bool
read_interfaces(struct source_address *sources)
{
	struct ifaddrs *all, *one;
	bool done = true;

	if (getifaddrs(&all) == -1)
		return (false);
	for (one = all; done && one != NULL; one = one->ifa_next) {
		struct row row = { .interface = 0 };

		if (one->ifa_addr == NULL || one->ifa_netmask == NULL ||
		    !address_from_sockaddr(&row.source.address, one->ifa_addr,
			sizeof(struct sockaddr_in6)))
			continue;
		row.source.prefix_length = netmask_length(
		    one->ifa_netmask, address_family(&row.source.address));
		done = add_row(sources, &row);
	}
	freeifaddrs(all);
	return (done);
}

static bool
is_tunnel(int fd, unsigned interface)
{
	(void)fd;
	(void)interface;
	return (false);
}

#endif

/*
 * Takes the snapshot once. Returns whether it is complete. One that failed for
 * lack of a descriptor is tried again by the next call.
 */
static bool
take_snapshot(struct source_address *sources)
{
	if (sources->snapshot != SNAPSHOT_NONE)
		return (sources->snapshot == SNAPSHOT_COMPLETE);
	errno = 0;
	sources->count = 0;
	if (read_interfaces(sources))
		sources->snapshot = SNAPSHOT_COMPLETE;
	else if (!descriptor_is_shortage(errno))
		sources->snapshot = SNAPSHOT_FAILED;
	return (sources->snapshot == SNAPSHOT_COMPLETE);
}

/* Fills in *source for source->address where the snapshot has that. */
static void
describe(struct source_address *sources, int fd, struct destsort_source *source)
{
	const struct row *row = NULL;
	size_t i;

	if (!take_snapshot(sources))
		return;
	for (i = 0; i < sources->count && row == NULL; i++)
		if (address_equal(
			&sources->rows[i].source.address, &source->address))
			row = &sources->rows[i];
	if (row == NULL)
		return;
	*source = row->source;
	source->found = true;
	source->tunnel = is_tunnel(fd, row->interface);
}

/*
 * Finds the source address that the kernel chooses for a destination. The
 * socket must not stay connected: the kernel would keep its address for the
 * next destination.
 */
static bool
find_kernel_choice(
    int fd, const struct address *destination, struct address *source)
{
	struct sockaddr_in6 name;
	struct sockaddr unspecified = { .sa_family = AF_UNSPEC };
	socklen_t length = sizeof(name);
	bool found = connect(fd, &destination->sa, destination->length) == 0 &&
	    getsockname(fd, (struct sockaddr *)&name, &length) == 0 &&
	    address_from_sockaddr(source, (struct sockaddr *)&name, length);

	(void)connect(fd, &unspecified, sizeof(unspecified));
	if (found)
		address_set_port(source, 0);
	return (found);
}

bool
source_address_find(struct source_address *sources,
    const struct address *destination, struct destsort_source *source)
{
	int number = address_family(destination);
	struct family *family = number == AF_INET ? &sources->ipv4
						  : &sources->ipv6;

	memset(source, 0, sizeof(*source));
	if (family->fd == -1)
		family->fd = descriptor_socket(number, SOCK_DGRAM, 0, false);
	if (family->fd == -1 ||
	    !find_kernel_choice(family->fd, destination, &source->address))
		return (false);
	source->found = true;
	if (!family->last.found ||
	    !address_equal(&family->last.address, &source->address)) {
		describe(sources, family->fd, source);
		family->last = *source;
	}
	*source = family->last;
	return (true);
}

const struct destsort_source *
source_address_own(struct source_address *sources, size_t number)
{
	if (!take_snapshot(sources) || number >= sources->count)
		return (NULL);
	return (&sources->rows[number].source);
}
