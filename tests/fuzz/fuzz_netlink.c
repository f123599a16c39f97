/* SPDX-License-Identifier: ISC */
/*
 * What the kernel says of addresses: the dump of RTM_GETADDR, in datagrams of
 * any bytes, and the list of getifaddrs(3). Linked with recv(2) and send(2) of
 * its own.
 *
 * The first byte is 0 for a list of interfaces; otherwise datagrams follow,
 * each behind two bytes that have its length.
 */
#include <sys/socket.h>
#include <linux/rtnetlink.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "choices.h"
#include "interfaces.h"
#include "source_address.h"

#define ENTRIES_MAX 16

static struct choices script;

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);

ssize_t
__wrap_recv(int fd, void *bytes, size_t size, int flags)
{
	size_t length = choose(&script, 65536);

	(void)fd;
	CHECK((flags & MSG_DONTWAIT) != 0);
	if (script.left == 0) {
		errno = EAGAIN;
		return (-1);
	}
	if (length > script.left)
		length = script.left;
	memcpy(bytes, script.bytes, length < size ? length : size);
	script.bytes += length;
	script.left -= length;
	return ((ssize_t)length);
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t size, int flags)
{
	(void)fd;
	(void)bytes;
	(void)flags;
	return ((ssize_t)size);
}

/* Whether the dump holds what may be a message that ends it. */
static bool
has_end(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if (bytes[i] == NLMSG_DONE && bytes[i + 1] == 0)
			return (true);
	return (false);
}

static void
read_dump(struct choices *choices)
{
	struct source_address *sources = source_address_new();
	const struct destsort_source *own;
	bool complete = has_end(choices->bytes, choices->left);
	char text[ADDRESS_TEXT_MAX];
	size_t count = 0;

	CHECK(sources != NULL);
	script = *choices;
	while ((own = source_address_own(sources, count)) != NULL) {
		CHECK(complete);
		CHECK(address_family(&own->address) == AF_INET ||
		    address_family(&own->address) == AF_INET6);
		CHECK(address_format(&own->address, text)[0] != '\0');
		CHECK(address_port(&own->address) == 0);
		CHECK(own->prefix_length <= 255);
		count++;
	}
	/* A message is not shorter than its headers. */
	CHECK(count <= choices->left / sizeof(struct nlmsghdr));
	source_address_free(sources);
}

struct entry {
	struct ifaddrs list;
	struct address address;
};

/* Returns the one link, by a reading of all pairs. */
static uint32_t
only_link(const struct entry *entries, size_t count)
{
	uint32_t links[ENTRIES_MAX], only = 0;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sockaddr_in6 *in6 = &entries[i].address.in6;

		if (entries[i].list.ifa_addr != NULL &&
		    (entries[i].list.ifa_flags & (IFF_UP | IFF_LOOPBACK)) ==
			IFF_UP &&
		    in6->sin6_family == AF_INET6 &&
		    IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) &&
		    in6->sin6_scope_id != 0)
			links[used++] = in6->sin6_scope_id;
	}
	for (size_t i = 0; i < used; i++) {
		if (links[i] != links[0])
			return (0);
		only = links[0];
	}
	return (only);
}

static void
read_list(struct choices *choices)
{
	struct entry entries[ENTRIES_MAX];
	size_t count = choose(choices, ENTRIES_MAX + 1);
	const struct ifaddrs *list = count == 0 ? NULL : &entries[0].list;

	for (size_t i = 0; i < count; i++) {
		struct entry *entry = &entries[i];

		entry->address = choose_address(choices, 0);
		if (entry->address.sa.sa_family == AF_INET6)
			entry->address.in6.sin6_scope_id = choose(choices, 3);
		entry->list = (struct ifaddrs){
			.ifa_next = i + 1 < count ? &entries[i + 1].list : NULL,
			.ifa_flags = (choose_one_in(choices, 4) ? 0 : IFF_UP) |
			    (choose_one_in(choices, 4) ? IFF_LOOPBACK : 0),
			.ifa_addr = choose_one_in(choices, 8)
			    ? NULL
			    : &entry->address.sa,
		};
	}
	CHECK(interfaces_only_link(list) == only_link(entries, count));
	interfaces_reach_out(list, AF_INET);
	interfaces_reach_out(list, AF_INET6);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = { data, size };

	if (choose(&choices, 256) == 0)
		read_list(&choices);
	else
		read_dump(&choices);
	return (0);
}
