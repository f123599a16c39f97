/* SPDX-License-Identifier: ISC */
/*
 * Lists of addresses: copied, sorted, interleaved and taken apart. A list reads
 * as fake_address.h has it, "6a 6b 4a".
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "addrinfo.h"
#include "container.h"
#include "hecat.h"
#include "fake/fake_address.h"
#include "fake/fake_host.h"
#include "fake/real_loop.h"
#include "fake/seconds.h"
#include "fake/shortage.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LIST_MAX         16
#define TEXT_MAX         512
#define MANY             10000
#define PORT             443

typedef struct evutil_addrinfo list;

/* Returns a list of the addresses that `names` has, on PORT. */
static list *
list_of(const char *names)
{
	struct address addresses[LIST_MAX];
	size_t count = fake_addresses(names, PORT, addresses, LIST_MAX);
	list *made = NULL;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(hecat_addrinfo_add(&made, &addresses[i].sa,
				     (int)addresses[i].length),
		    0);
	return (made);
}

/* Writes the names of the addresses to `text`, and checks each node. */
static const char *
text_of(const list *node, char *text)
{
	char name[FAKE_ADDRESS_NAME_MAX];
	struct address address;

	*text = '\0';
	for (; node != NULL; node = node->ai_next) {
		assert_true(addrinfo_address(node, &address));
		assert_int_equal(node->ai_family, address_family(&address));
		assert_int_equal(node->ai_addrlen, address.length);
		text_append(text, TEXT_MAX, "%s%s", *text == '\0' ? "" : " ",
		    fake_address_name(&address, name));
	}
	return (text);
}

/* Fails unless `actual` reads as `expected`, and frees it. */
static void
assert_list(const char *row, const char *expected, list *actual)
{
	char text[TEXT_MAX];

	assert_row(row, expected, text_of(actual, text));
	hecat_addrinfo_free(actual);
}

/* A list as others make it, its nodes in one array. */
static void
link_nodes(list *nodes, struct address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		nodes[i].ai_addr = &addresses[i].sa;
		nodes[i].ai_addrlen = addresses[i].length;
		nodes[i].ai_next = i + 1 < count ? &nodes[i + 1] : NULL;
	}
}

/* Returns a copy of `count` addresses. */
static list *
copy_of(struct address *addresses, size_t count)
{
	list *nodes = test_calloc(count, sizeof(*nodes));
	list *copy;

	link_nodes(nodes, addresses, count);
	copy = hecat_addrinfo_copy(nodes);
	assert_non_null(copy);
	test_free(nodes);
	return (copy);
}

static void
a_copy_has_all_of_the_original(void **state)
{
	struct address addresses[2] = { fake_address("6a", 80),
		fake_address("4a", 81) };
	char name[] = "www.example.com";
	list nodes[2] = {
		{ .ai_flags = AI_CANONNAME,
		    .ai_family = AF_INET6,
		    .ai_socktype = SOCK_DGRAM,
		    .ai_protocol = IPPROTO_UDP,
		    .ai_canonname = name },
		{ .ai_family = AF_INET,
		    .ai_socktype = SOCK_STREAM,
		    .ai_protocol = IPPROTO_TCP },
	};
	struct sockaddr_in6 expected;
	const list *second;
	list *copy;

	(void)state;
	addresses[0].in6.sin6_flowinfo = htonl(5);
	expected = addresses[0].in6;
	link_nodes(nodes, addresses, 2);
	copy = hecat_addrinfo_copy(nodes);
	assert_non_null(copy);
	memset(addresses, 0xff, sizeof(addresses));
	memset(name, 'x', sizeof(name) - 1);
	memset(nodes, 0xff, sizeof(nodes));
	second = copy->ai_next;
	assert_int_equal(copy->ai_flags, AI_CANONNAME);
	assert_int_equal(copy->ai_family, AF_INET6);
	assert_int_equal(copy->ai_socktype, SOCK_DGRAM);
	assert_int_equal(copy->ai_protocol, IPPROTO_UDP);
	assert_int_equal(copy->ai_addrlen, sizeof(expected));
	assert_memory_equal(copy->ai_addr, &expected, sizeof(expected));
	assert_string_equal(copy->ai_canonname, "www.example.com");
	assert_int_equal(second->ai_flags, 0);
	assert_int_equal(second->ai_family, AF_INET);
	assert_int_equal(second->ai_socktype, SOCK_STREAM);
	assert_int_equal(second->ai_protocol, IPPROTO_TCP);
	assert_int_equal(second->ai_addrlen, sizeof(struct sockaddr_in));
	assert_null(second->ai_canonname);
	assert_null(second->ai_next);
	assert_list("the copy", "6a 4a", copy);
}

static void
a_copy_fills_in_what_is_missing(void **state)
{
	struct address addresses[3] = { fake_address("4a", 1),
		fake_address("6a", 2), fake_address("4b", 3) };
	list nodes[3] = { { .ai_family = AF_UNSPEC },
		{ .ai_protocol = IPPROTO_UDP }, { .ai_socktype = SOCK_DGRAM } };
	list *copy;

	(void)state;
	link_nodes(nodes, addresses, 3);
	nodes[0].ai_addrlen = sizeof(struct sockaddr_storage);
	copy = hecat_addrinfo_copy(nodes);
	assert_non_null(copy);
	assert_int_equal(copy->ai_socktype, SOCK_STREAM);
	assert_int_equal(copy->ai_protocol, IPPROTO_TCP);
	assert_int_equal(copy->ai_next->ai_socktype, SOCK_STREAM);
	assert_int_equal(copy->ai_next->ai_protocol, IPPROTO_UDP);
	assert_int_equal(copy->ai_next->ai_next->ai_socktype, SOCK_DGRAM);
	assert_int_equal(copy->ai_next->ai_next->ai_protocol, 0);
	assert_list("families of the addresses", "4a 6a 4b", copy);
}

/* Returns ::ffff:192.0.2.97, on PORT, of a zone that counts for nothing. */
static struct sockaddr_in6
mapped_4a(void)
{
	const struct address ipv4 = fake_address("4a", PORT);
	struct sockaddr_in6 mapped = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(PORT),
		.sin6_addr.s6_addr = { [10] = 0xff, [11] = 0xff },
	};

	memcpy(&mapped.sin6_addr.s6_addr[12], &ipv4.in.sin_addr, 4);
	return (mapped);
}

static void
a_mapped_address_becomes_ipv4(void **state)
{
	struct sockaddr_in6 mapped = mapped_4a();
	list node = {
		.ai_family = AF_INET6,
		.ai_addr = (struct sockaddr *)&mapped,
		.ai_addrlen = sizeof(mapped),
	};
	list *added = NULL;

	(void)state;
	assert_list("copied", "4a", hecat_addrinfo_copy(&node));
	assert_int_equal(hecat_addrinfo_add(&added, (struct sockaddr *)&mapped,
			     sizeof(mapped)),
	    0);
	assert_int_equal(
	    ntohs(((struct sockaddr_in *)added->ai_addr)->sin_port), PORT);
	assert_list("added", "4a", added);
}

static void
a_list_that_cannot_be_copied(void **state)
{
	struct address addresses[3] = { fake_address("6a", 1),
		fake_address("4a", 2), fake_address("6b", 3) };
	struct sockaddr local = { .sa_family = AF_UNIX };
	list nodes[3] = { { .ai_family = AF_INET6 } };

	(void)state;
	link_nodes(nodes, addresses, 3);
	errno = 0;
	assert_null(hecat_addrinfo_copy(NULL));
	assert_int_equal(errno, EINVAL);
	nodes[2].ai_addr = NULL;
	errno = 0;
	assert_null(hecat_addrinfo_copy(nodes));
	assert_int_equal(errno, EINVAL);
	nodes[2].ai_addr = &local;
	errno = 0;
	assert_null(hecat_addrinfo_copy(nodes));
	assert_int_equal(errno, EINVAL);
	nodes[2].ai_addr = &addresses[2].sa;
	nodes[2].ai_addrlen--;
	errno = 0;
	assert_null(hecat_addrinfo_copy(nodes));
	assert_int_equal(errno, EINVAL);
	nodes[2].ai_addrlen++;
	assert_list("mended", "6a 4a 6b", hecat_addrinfo_copy(nodes));
}

static void
addresses_are_appended(void **state)
{
	struct address address = fake_address("6c", 0);
	list *made = list_of("6a 4a");
	const list *node;

	(void)state;
	assert_int_equal(hecat_addrinfo_add(&made->ai_next->ai_next,
			     &address.sa, (int)address.length),
	    0);
	for (node = made; node != NULL; node = node->ai_next) {
		assert_int_equal(node->ai_flags, 0);
		assert_int_equal(node->ai_socktype, SOCK_STREAM);
		assert_int_equal(node->ai_protocol, IPPROTO_TCP);
		assert_null(node->ai_canonname);
	}
	assert_list("three", "6a 4a 6c", made);
	hecat_addrinfo_free(NULL);
}

/* Zone and flow of an address tuple (addr_to_addr_infos). */
static void
an_address_keeps_its_zone(void **state)
{
	const struct sockaddr_in6 expected = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(PORT),
		.sin6_addr.s6_addr = { 0xfe, 0x80, [15] = 1 },
		.sin6_scope_id = 7,
		.sin6_flowinfo = htonl(5),
	};
	list *made = NULL, *copy;

	(void)state;
	assert_int_equal(
	    hecat_addrinfo_add(
		&made, (const struct sockaddr *)&expected, sizeof(expected)),
	    0);
	assert_memory_equal(made->ai_addr, &expected, sizeof(expected));
	copy = hecat_addrinfo_copy(made);
	assert_memory_equal(copy->ai_addr, &expected, sizeof(expected));
	hecat_addrinfo_free(copy);
	hecat_addrinfo_free(made);
}

#define ASSERT_INVALID(call)                     \
	do {                                     \
		errno = 0;                       \
		assert_true(call);               \
		assert_int_equal(errno, EINVAL); \
	} while (0)

static void
wrong_arguments(void **state)
{
	struct address address = fake_address("4a", PORT);
	struct sockaddr local = { .sa_family = AF_UNIX };
	const int length = (int)address.length;
	list *made = list_of("6a 4a");
	list broken = { .ai_family = AF_INET };
	list *foreign = &broken;

	(void)state;
	ASSERT_INVALID(hecat_addrinfo_add(NULL, &address.sa, length) == -1);
	ASSERT_INVALID(hecat_addrinfo_add(&made, NULL, length) == -1);
	ASSERT_INVALID(hecat_addrinfo_add(&made, &address.sa, -1) == -1);
	ASSERT_INVALID(
	    hecat_addrinfo_add(&made, &address.sa, length - 1) == -1);
	ASSERT_INVALID(hecat_addrinfo_add(&made, &local, sizeof(local)) == -1);
	ASSERT_INVALID(hecat_addrinfo_interleave(NULL, AF_UNSPEC, 1) == -1);
	ASSERT_INVALID(hecat_addrinfo_interleave(&made, AF_UNSPEC, 0) == -1);
	ASSERT_INVALID(hecat_addrinfo_interleave(&made, AF_UNIX, 1) == -1);
	ASSERT_INVALID(hecat_addrinfo_interleave(&made, -1, 1) == -1);
	ASSERT_INVALID(hecat_addrinfo_interleave(&foreign, AF_INET, 1) == -1);
	ASSERT_INVALID(hecat_addrinfo_sort(NULL) == -1);
	ASSERT_INVALID(hecat_addrinfo_sort(&foreign) == -1);
	ASSERT_INVALID(
	    hecat_addrinfo_remove(NULL, &address.sa, length) == NULL);
	ASSERT_INVALID(hecat_addrinfo_remove(&made, NULL, length) == NULL);
	ASSERT_INVALID(hecat_addrinfo_remove(&made, &address.sa, -1) == NULL);
	ASSERT_INVALID(
	    hecat_addrinfo_remove(&made, &address.sa, length - 1) == NULL);
	ASSERT_INVALID(
	    hecat_addrinfo_remove(&made, &local, sizeof(local)) == NULL);
	ASSERT_INVALID(hecat_addrinfo_pop(NULL, 1) == NULL);
	ASSERT_INVALID(hecat_addrinfo_pop(&made, 0) == NULL);
	assert_ptr_equal(foreign, &broken);
	assert_list("as it was", "6a 4a", made);
}

static void
an_empty_list_stays_empty(void **state)
{
	struct address address = fake_address("4a", PORT);
	list *empty = NULL;

	(void)state;
	assert_int_equal(hecat_addrinfo_interleave(&empty, AF_INET6, 1), 0);
	assert_int_equal(hecat_addrinfo_sort(&empty), 0);
	errno = 0;
	assert_null(
	    hecat_addrinfo_remove(&empty, &address.sa, (int)address.length));
	assert_int_equal(errno, ENOENT);
	errno = 0;
	assert_null(hecat_addrinfo_pop(&empty, 1));
	assert_int_equal(errno, ENOENT);
	assert_null(empty);
}

static void
the_families_are_interleaved(void **state)
{
	static const struct row {
		const char *list;
		const char *order;
		int leading;
		unsigned count;
	} rows[] = {
		{ "6a 6b 6c 4a 4b", "6a 4a 6b 4b 6c", AF_UNSPEC, 1 },
		{ "6a 6b 6c 4a 4b", "6a 6b 4a 6c 4b", AF_UNSPEC, 2 },
		{ "4a 4b 6a 6b", "4a 6a 4b 6b", AF_UNSPEC, 1 },
		{ "4a 4b 6a 6b", "6a 4a 6b 4b", AF_INET6, 1 },
		{ "6a 6b 4a 4b", "4a 6a 4b 6b", AF_INET, 1 },
		{ "6a 6b 4a 4b", "6a 6b 4a 4b", AF_UNSPEC, UINT32_MAX },
		{ "6c 6a 6b", "6c 6a 6b", AF_INET, 1 },
		{ "6a 6a 4a", "6a 4a 6a", AF_UNSPEC, 1 },
		{ "4a", "4a", AF_INET6, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		list *made = list_of(rows[i].list);

		assert_int_equal(hecat_addrinfo_interleave(
				     &made, rows[i].leading, rows[i].count),
		    0);
		assert_list(rows[i].list, rows[i].order, made);
	}
}

static void
addresses_are_removed(void **state)
{
	static const struct row {
		const char *rule;
		const char *list;
		const char *address;
		const char *removed; /* NULL: ENOENT */
		const char *left;
		uint16_t port;
	} rows[] = {
		{ "the first", "6a 6b 4a", "6a", "6a", "6b 4a", PORT },
		{ "the last", "6a 6b 4a", "4a", "4a", "6a 6b", PORT },
		{ "every one", "6a 4a 6a 6a", "6a", "6a 6a 6a", "4a", PORT },
		{ "the only one", "6a", "6a", "6a", "", PORT },
		{ "all of several", "4a 4a", "4a", "4a 4a", "", PORT },
		{ "none", "6a 4a", "6b", NULL, "6a 4a", PORT },
		{ "of another port", "6a 4a", "6a", NULL, "6a 4a", PORT + 1 },
		{ "of any port", "6a 4a", "6a", "6a", "4a", 0 },
		{ "another notation", "2001:db8:1::1:0:0:1",
		    "2001:db8:1:0:1::1", "2001:db8:1:0:1::1", "", PORT },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct address address = fake_address(
		    rows[i].address, rows[i].port);
		list *made = list_of(rows[i].list), *removed;

		errno = 0;
		removed = hecat_addrinfo_remove(
		    &made, &address.sa, (int)address.length);
		assert_int_equal(errno, rows[i].removed == NULL ? ENOENT : 0);
		assert_list(rows[i].rule,
		    rows[i].removed == NULL ? "" : rows[i].removed, removed);
		assert_list(rows[i].rule, rows[i].left, made);
	}
}

static void
only_the_port_of_the_address_is_removed(void **state)
{
	struct address addresses[3] = { fake_address("6a", 80),
		fake_address("6a", 443), fake_address("6a", 80) };
	list *made = copy_of(addresses, 3), *removed;

	(void)state;
	removed = hecat_addrinfo_remove(
	    &made, &addresses[1].sa, (int)addresses[1].length);
	assert_int_equal(
	    ((struct sockaddr_in6 *)removed->ai_addr)->sin6_port, htons(443));
	assert_list("one of them", "6a", removed);
	addresses[0] = fake_address("6a", 0);
	removed = hecat_addrinfo_remove(
	    &made, &addresses[0].sa, (int)addresses[0].length);
	assert_list("any port", "6a 6a", removed);
	assert_null(made);
}

/* The peer of a dual-stack socket, as getpeername(2) has it. */
static void
a_mapped_address_is_removed_as_ipv4(void **state)
{
	struct sockaddr_in6 mapped = mapped_4a();
	list *made = list_of("6a 4a 4b");

	(void)state;
	assert_list("removed", "4a",
	    hecat_addrinfo_remove(
		&made, (struct sockaddr *)&mapped, sizeof(mapped)));
	assert_list("left", "6a 4b", made);
}

static void
a_zone_of_0_stands_for_any(void **state)
{
	static const struct row {
		const char *rule;
		uint32_t zones[2]; /* of the list */
		uint32_t zone;
		size_t removed;
	} rows[] = {
		{ "the same zone", { 1, 2 }, 2, 1 },
		{ "another zone", { 1, 2 }, 3, 0 },
		{ "any zone", { 1, 2 }, 0, 2 },
		{ "a node without one", { 0, 2 }, 3, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		struct address addresses[2] = { fake_address("fe80::1", PORT),
			fake_address("fe80::1", PORT) };
		list *made, *removed;

		addresses[0].in6.sin6_scope_id = rows[i].zones[0];
		addresses[1].in6.sin6_scope_id = rows[i].zones[1];
		made = copy_of(addresses, 2);
		addresses[0].in6.sin6_scope_id = rows[i].zone;
		removed = hecat_addrinfo_remove(
		    &made, &addresses[0].sa, (int)addresses[0].length);
		if (addrinfo_count(removed) != rows[i].removed)
			fail_msg("%s", rows[i].rule);
		assert_int_equal(addrinfo_count(made), 2 - rows[i].removed);
		hecat_addrinfo_free(removed);
		hecat_addrinfo_free(made);
	}
}

static void
the_first_of_each_family_are_popped(void **state)
{
	static const struct row {
		const char *list;
		unsigned count;
		const char *popped;
		const char *left;
	} rows[] = {
		{ "6a 6b 4a", 1, "6a 4a", "6b" },
		{ "6b", 1, "6b", "" },
		{ "6a 6b 4a", 2, "6a 6b 4a", "" },
		{ "4a 6a 4b 6b 4c", 2, "4a 6a 4b 6b", "4c" },
		{ "4a 4b 4c 6a", 1, "4a 6a", "4b 4c" },
		{ "6a 4a", UINT32_MAX, "6a 4a", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		list *made = list_of(rows[i].list);

		assert_list(rows[i].list, rows[i].popped,
		    hecat_addrinfo_pop(&made, rows[i].count));
		assert_list(rows[i].list, rows[i].left, made);
	}
}

/* The caller may cut a list in two and join two. */
static void
a_list_may_be_cut_and_joined(void **state)
{
	struct address address = fake_address("4c", PORT);
	list *first = list_of("6a 4a 6b 4b"), *second = first->ai_next->ai_next;

	(void)state;
	first->ai_next->ai_next = NULL;
	assert_int_equal(
	    hecat_addrinfo_add(&first, &address.sa, (int)address.length), 0);
	first->ai_next->ai_next->ai_next = second;
	assert_int_equal(hecat_addrinfo_interleave(&first, AF_INET, 1), 0);
	assert_list("joined", "4a 6a 4c 6b 4b", first);
}

/* A host of fake_host.h, on which a source may cost what is not there. */
struct made_host {
	struct host host;
	struct fake_host fake;
	size_t granted; /* sources, before one is refused */
	int error;      /* with this errno; 0: none is */
};

static void
made_source_of(struct host *host, const struct address *destination,
    struct destsort_source *source)
{
	struct made_host *self = container_of(host, struct made_host, host);

	if (self->error != 0 && self->granted-- == 0) {
		*source = (struct destsort_source){ .found = false };
		errno = self->error;
		return;
	}
	fake_host_source_of(destination, source, &self->fake);
}

static void
made_host_init(struct made_host *self, const char *words)
{
	static const struct host_ops ops = { .source_of = made_source_of };

	*self = (struct made_host){ .host.ops = &ops };
	fake_host_init(&self->fake, words);
}

static void
a_list_is_sorted(void **state)
{
	static const struct row {
		const char *rule;
		const char *host;
		const char *list;
		const char *order;
	} rows[] = {
		{ "precedence", "192.0.2.1/24 2001:db8::1/64", "4a 4b 6a 6b",
		    "6a 6b 4a 4b" },
		{ "no route to IPv6", "192.0.2.1/24", "6a 4a 6b 4b",
		    "4a 4b 6a 6b" },
		{ "not interleaved", "192.0.2.1/24 2001:db8::1/64",
		    "6a 4a 6b 4b", "6a 6b 4a 4b" },
		{ "the scope of the source", "2001:db8::1/64 192.0.2.1/24",
		    "fe80::1 6a", "6a fe80::1" },
		{ "one that is there twice stays",
		    "192.0.2.1/24 2001:db8::1/64", "4a 6a 4a 6a",
		    "6a 6a 4a 4a" },
		{ "nothing to compare", "192.0.2.1/24", "4a", "4a" },
		{ "a deprecated source", "192.0.2.1/24 2001:db8::1/64,d",
		    "6a 4a", "4a 6a" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++) {
		list *made = list_of(rows[i].list);
		struct made_host host;

		made_host_init(&host, rows[i].host);
		assert_int_equal(addrinfo_sort(&made, &host.host), 0);
		assert_list(rows[i].rule, rows[i].order, made);
	}
}

/* An order that a shortage has changed is none. */
static void
a_source_that_cannot_be_found_is_an_error(void **state)
{
	static const int errors[] = { ENOMEM, EMFILE, ENFILE, ENOBUFS };
	struct made_host host;

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(errors) * 4; i++) {
		list *made = list_of("4a 4b 6a 6b");

		made_host_init(&host, "192.0.2.1/24 2001:db8::1/64");
		host.error = errors[i % LENGTH_OF(errors)];
		host.granted = i / LENGTH_OF(errors);
		errno = 0;
		assert_int_equal(addrinfo_sort(&made, &host.host), -1);
		assert_int_equal(errno, host.error);
		assert_list("as it was", "4a 4b 6a 6b", made);
	}
}

static void
the_policy_table_is_that_of_the_host(void **state)
{
	char path[] = "/tmp/hecat-gai.conf.XXXXXX";
	const char line[] = "precedence ::ffff:0:0/96 100\n";
	int fd = mkstemp(path);
	list *made = list_of("6a 4a");
	struct made_host host;

	(void)state;
	assert_int_equal(write(fd, line, sizeof(line) - 1), sizeof(line) - 1);
	close(fd);
	made_host_init(&host, "192.0.2.1/24 2001:db8::1/64");
	host.host.gai_conf = path;
	assert_int_equal(addrinfo_sort(&made, &host.host), 0);
	unlink(path);
	assert_list("IPv4 first", "4a 6a", made);
}

static const char real_names[] =
    "6a 4a 127.0.0.1 ::1 fe80::1 169.254.0.1 10.0.0.1 fd00::1 "
    "127.0.0.2 2002::1 198.51.100.1 2001:db8:1::1 4b 6b";

static void
on_looked_up(struct hecat_connector *connector, void *arg)
{
	size_t *calls = arg;

	(void)connector;
	++*calls;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)arg;
	fail_msg("the lookup failed: %d", (int)error);
}

/* Returns the candidates of a connector on this host, in their order. */
static list *
candidates_of(const list *listed)
{
	struct event_base *base = real_loop_new();
	size_t calls = 0;
	struct hecat_connector *connector = hecat_connector_new(
	    base, NULL, on_looked_up, on_failed, &calls);
	const struct sockaddr *candidate;
	list *made = NULL;

	assert_int_equal(hecat_connector_lookup_addrinfo(connector, listed), 0);
	real_loop_run(base, &calls, 1);
	for (size_t i = 0; i < hecat_connector_get_candidate_count(connector);
	     i++) {
		candidate = hecat_connector_get_candidate(connector, i);
		assert_int_equal(hecat_addrinfo_add(&made, candidate,
				     sizeof(struct sockaddr_in6)),
		    0);
	}
	hecat_connector_free(connector);
	event_base_free(base);
	return (made);
}

/* Without the zone that a connector fills in. */
static void
clear_zones(list *node)
{
	for (; node != NULL; node = node->ai_next)
		if (node->ai_family == AF_INET6)
			((struct sockaddr_in6 *)(void *)node->ai_addr)
			    ->sin6_scope_id = 0;
}

/* What it sorts, and interleaves, is in the order of a connector's. */
static void
it_is_the_order_of_a_connector(void **state)
{
	list *made = list_of(real_names);
	list *expected = candidates_of(made);
	size_t descriptors = open_descriptors();
	char text[TEXT_MAX];

	(void)state;
	assert_int_equal(hecat_addrinfo_sort(&made), 0);
	assert_int_equal(hecat_addrinfo_interleave(&made, AF_UNSPEC, 1), 0);
	assert_int_equal(open_descriptors(), descriptors);
	clear_zones(expected);
	assert_list("of this host", text_of(expected, text), made);
	hecat_addrinfo_free(expected);
}

/* Sorts, as long as nobody may open a descriptor: the list stays as it was. */
static void
sort_without_descriptors(const char *names, int (*sort)(list **made))
{
	list *made = list_of(names);
	struct rlimit before, few;
	char text[TEXT_MAX];
	int result, error;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	errno = 0;
	result = sort(&made);
	error = errno;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(result, -1);
	assert_int_equal(error, EMFILE);
	assert_row("as it was", names, text_of(made, text));
	assert_int_equal(sort(&made), 0);
	hecat_addrinfo_free(made);
}

/* Only the policy table takes a descriptor. */
static int
sort_by_file(list **made)
{
	struct made_host host;

	made_host_init(&host, "192.0.2.1/24 2001:db8::1/64");
	host.host.gai_conf = "/dev/null";
	return (addrinfo_sort(made, &host.host));
}

static void
out_of_descriptors(void **state)
{
	(void)state;
	sort_without_descriptors(real_names, hecat_addrinfo_sort);
	sort_without_descriptors("4a 6a", sort_by_file);
}

/* Changes a list, whose text is that of `names`. Returns 0, or -1 with errno.
 */
typedef int (*change_fn)(list **made);

static int
change_by_add(list **made)
{
	struct address address = fake_address("4z", PORT);

	return (hecat_addrinfo_add(made, &address.sa, (int)address.length));
}

static int
change_by_interleave(list **made)
{
	return (hecat_addrinfo_interleave(made, AF_INET, 1));
}

static int
change_by_copy(list **made)
{
	list *copy = hecat_addrinfo_copy(*made);

	if (copy == NULL)
		return (-1);
	hecat_addrinfo_free(*made);
	*made = copy;
	return (0);
}

/*
 * Refuses the first allocation, the second and so on, alone or with all that
 * follow: the change fails and the list is as it was, or it is as it should be.
 */
static void
refuse_each(change_fn change, bool lasts)
{
	char before[TEXT_MAX], after[TEXT_MAX], text[TEXT_MAX];
	list *made = list_of(real_names);
	size_t descriptors = open_descriptors(), failures = 0, refused = 1;
	int result, error;

	text_of(made, before);
	assert_int_equal(change(&made), 0);
	text_of(made, after);
	hecat_addrinfo_free(made);
	for (size_t granted = 0; refused > 0; granted++) {
		made = list_of(real_names);
		errno = 0;
		shortage_begin(SHORTAGE_memory, granted, lasts, ENOMEM);
		result = change(&made);
		error = errno;
		shortage_end();
		refused = shortage_refused();
		if (result == -1) {
			assert_int_equal(error, ENOMEM);
			failures++;
		}
		assert_row("in full or not at all",
		    result == -1 ? before : after, text_of(made, text));
		hecat_addrinfo_free(made);
		assert_int_equal(open_descriptors(), descriptors);
	}
	assert_true(failures > 0);
}

static void
out_of_memory(void **state)
{
	static const change_fn changes[] = { change_by_add, change_by_copy,
		change_by_interleave, hecat_addrinfo_sort };

	(void)state;
	if (!shortage_has_memory())
		skip();
	shortage_count_thread(true);
	for (size_t i = 0; i < LENGTH_OF(changes); i++) {
		refuse_each(changes[i], false);
		refuse_each(changes[i], true);
	}
}

/* Returns MANY addresses of both families, by turns of seven. */
static list *
list_of_many(void)
{
	struct address *all = test_calloc(MANY, sizeof(*all));
	struct address *ipv4 = test_calloc(MANY, sizeof(*all));
	list *made;

	fake_address_many(all, MANY, AF_INET6, PORT);
	fake_address_many(ipv4, MANY, AF_INET, PORT);
	for (size_t i = 0; i < MANY; i++)
		if (i % 7 < 3)
			all[i] = ipv4[i];
	made = copy_of(all, MANY);
	test_free(all);
	test_free(ipv4);
	return (made);
}

static void
a_long_list(void **state)
{
	list *made = list_of_many(), *copy = hecat_addrinfo_copy(made), *taken;
	struct made_host host;
	struct address address;
	list *node;
	size_t i;

	(void)state;
	made_host_init(&host, "198.18.0.1/15 2001:db8::1/32");
	assert_int_equal(addrinfo_sort(&made, &host.host), 0);
	assert_int_equal(addrinfo_count(made), MANY);
	assert_int_equal(hecat_addrinfo_interleave(&made, AF_INET, 1), 0);
	for (i = 0, node = made; i < 2 * (MANY / 7 * 3); i++) {
		assert_int_equal(
		    node->ai_family, i % 2 == 0 ? AF_INET : AF_INET6);
		node = node->ai_next;
	}
	taken = hecat_addrinfo_pop(&made, MANY / 4);
	assert_int_equal(addrinfo_count(taken), MANY / 4 * 2);
	assert_int_equal(addrinfo_count(made), MANY - MANY / 4 * 2);
	hecat_addrinfo_free(taken);
	hecat_addrinfo_free(made);
	for (node = copy; node->ai_next != NULL; node = node->ai_next)
		;
	assert_true(addrinfo_address(node, &address));
	taken = hecat_addrinfo_remove(&copy, &address.sa, (int)address.length);
	assert_ptr_equal(taken, node);
	hecat_addrinfo_free(taken);
	assert_int_equal(addrinfo_count(copy), MANY - 1);
	hecat_addrinfo_free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_has_all_of_the_original),
		cmocka_unit_test(a_copy_fills_in_what_is_missing),
		cmocka_unit_test(a_mapped_address_becomes_ipv4),
		cmocka_unit_test(a_list_that_cannot_be_copied),
		cmocka_unit_test(addresses_are_appended),
		cmocka_unit_test(an_address_keeps_its_zone),
		cmocka_unit_test(wrong_arguments),
		cmocka_unit_test(an_empty_list_stays_empty),
		cmocka_unit_test(the_families_are_interleaved),
		cmocka_unit_test(addresses_are_removed),
		cmocka_unit_test(only_the_port_of_the_address_is_removed),
		cmocka_unit_test(a_mapped_address_is_removed_as_ipv4),
		cmocka_unit_test(a_zone_of_0_stands_for_any),
		cmocka_unit_test(the_first_of_each_family_are_popped),
		cmocka_unit_test(a_list_may_be_cut_and_joined),
		cmocka_unit_test(a_list_is_sorted),
		cmocka_unit_test(a_source_that_cannot_be_found_is_an_error),
		cmocka_unit_test(the_policy_table_is_that_of_the_host),
		cmocka_unit_test(it_is_the_order_of_a_connector),
		cmocka_unit_test(out_of_descriptors),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(a_long_list),
	};

	return (cmocka_run_group_tests(tests, NULL, real_loop_join));
}
