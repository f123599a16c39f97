/* SPDX-License-Identifier: ISC */
/*
 * The addresses from the kernel: the dump of RTM_GETADDR, in datagrams of
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

#define ENTRIES_MAX   16
#define DATAGRAM_MAX  32768
#define ADDRESSES_MAX (2 * 65536 / 16)

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

/* A dump, read byte by byte: its addresses, if it has an end. */
struct model {
	struct address addresses[ADDRESSES_MAX];
	size_t count;
	bool done, failed;
};

static uint32_t
number_at(const uint8_t *bytes, size_t size)
{
	uint32_t number = 0;
	uint16_t half;

	if (size == sizeof(half)) {
		memcpy(&half, bytes, size);
		return (half);
	}
	memcpy(&number, bytes, size);
	return (number);
}

/* Returns the address: of the last IFA_LOCAL, or the first IFA_ADDRESS. */
static const uint8_t *
find_address(const uint8_t *bytes, size_t left, size_t *size)
{
	const uint8_t *address = NULL, *local = NULL;
	size_t length, address_size = 0, local_size = 0;

	while (left >= 4 && (length = number_at(bytes, 2)) >= 4 &&
	    length <= left) {
		if (number_at(bytes + 2, 2) == IFA_LOCAL) {
			local = bytes + 4;
			local_size = length - 4;
		} else if (address == NULL &&
		    number_at(bytes + 2, 2) == IFA_ADDRESS) {
			address = bytes + 4;
			address_size = length - 4;
		}
		length = (length + 3) / 4 * 4;
		length = length < left ? length : left;
		bytes += length;
		left -= length;
	}
	*size = local != NULL ? local_size : address_size;
	return (local != NULL ? local : address);
}

static void
read_address(struct model *model, const uint8_t *message, size_t size)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	size_t length = 0;
	const uint8_t *bytes = size < 24
	    ? NULL
	    : find_address(message + 24, size - 24, &length);
	struct address *address = &model->addresses[model->count];

	if (bytes == NULL || model->count == ADDRESSES_MAX)
		return;
	if (message[16] == AF_INET && length == 4) {
		memcpy(&in.sin_addr, bytes, length);
		address->in = in;
		model->count++;
	} else if (message[16] == AF_INET6 && length == 16) {
		memcpy(&in6.sin6_addr, bytes, length);
		if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
			in6.sin6_scope_id = number_at(message + 20, 4);
		address->in6 = in6;
		model->count++;
	}
}

/* Reads one datagram. */
static void
read_messages(struct model *model, const uint8_t *bytes, size_t left)
{
	size_t length;

	while (left >= 16 && (length = number_at(bytes, 4)) >= 16 &&
	    length <= left) {
		uint32_t type = number_at(bytes + 4, 2);

		model->done = type == NLMSG_DONE;
		model->failed = type == NLMSG_ERROR;
		if (model->done || model->failed)
			return;
		if (type == RTM_NEWADDR)
			read_address(model, bytes, length);
		length = (length + 3) / 4 * 4;
		length = length < left ? length : left;
		bytes += length;
		left -= length;
	}
}

/* Reads all of them, as recv(2) above hands them out. */
static void
read_all(struct model *model, struct choices choices)
{
	static uint8_t copy[DATAGRAM_MAX];
	size_t length;

	while (!model->done && !model->failed) {
		length = choose(&choices, 65536);
		length = length < choices.left ? length : choices.left;
		if (length == 0 || length > DATAGRAM_MAX) {
			model->failed = true;
			return;
		}
		memcpy(copy, choices.bytes, length);
		choices.bytes += length;
		choices.left -= length;
		read_messages(model, copy, length);
	}
}

static void
read_dump(struct choices *choices)
{
	static struct model model;
	struct source_address *sources = source_address_new();
	const struct destsort_source *own;
	size_t count = 0;

	model.count = 0;
	model.done = model.failed = false;
	CHECK(sources != NULL);
	script = *choices;
	read_all(&model, *choices);
	while ((own = source_address_own(sources, count)) != NULL) {
		CHECK(model.done && count < model.count);
		CHECK(address_equal(&own->address, &model.addresses[count]));
		count++;
	}
	CHECK(count == (model.done ? model.count : 0));
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
	interfaces_list_has_family(list, AF_INET);
	interfaces_list_has_family(list, AF_INET6);
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
