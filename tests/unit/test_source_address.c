/* SPDX-License-Identifier: ISC */
/*
 * Source addresses on loopback, and in a network namespace of its own where
 * that is permitted: without a route, with addresses of every kind, out of
 * descriptors.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#define NAMESPACES 1
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <sched.h>
#endif

#include "source_address.h"

#define FD_SCANNED 256

/* The result of a child process; 0 is "as expected". */
#define CHILD_WRONG   1
#define CHILD_SKIPPED 77

static struct address
literal(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(&address, text, 80), ADDRESS_PARSED);
	return (address);
}

static bool
find(struct source_address *sources, const char *destination,
    struct destsort_source *source)
{
	const struct address address = literal(destination);

	return (source_address_find(sources, &address, source));
}

/* Counts the open descriptors, and those an executed program would get. */
static size_t
count_descriptors(size_t *inherited)
{
	size_t count = 0;
	int fd, flags;

	*inherited = 0;
	for (fd = 3; fd < FD_SCANNED; fd++) {
		flags = fcntl(fd, F_GETFD);
		count += flags != -1;
		*inherited += flags != -1 && (flags & FD_CLOEXEC) == 0;
	}
	return (count);
}

/*
 * Forks a child for a test that would spoil the process or the network for
 * others. The child gets a struct source_address, and ends with leave_child();
 * the parent gets NULL when the child has ended well, and else fails or skips.
 */
static struct source_address *
enter_child(void)
{
	pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		return (source_address_new());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	return (NULL);
}

static void
leave_child(struct source_address *sources)
{
	source_address_free(sources);
	_exit(0);
}

/* A child cannot fail a test: it prints the error and exits. */
#define EXPECT(condition) expect(condition, #condition, __LINE__)

static void
expect(bool condition, const char *text, int line)
{
	if (condition)
		return;
	print_error("line %d: not so: %s\n", line, text);
	_exit(CHILD_WRONG);
}

static void
loopback_is_its_own_source(void **state)
{
	static const struct {
		const char *text;
		unsigned prefix_length;
	} rows[] = { { "127.0.0.1", 8 }, { "::1", 128 } };
	struct source_address *sources = source_address_new();
	struct destsort_source source;
	struct address expected;
	size_t i;

	(void)state;
	assert_non_null(sources);
	for (i = 0; i < 2; i++) {
		if (!find(sources, rows[i].text, &source)) {
			print_message("no %s here\n", rows[i].text);
			continue;
		}
		expected = literal(rows[i].text);
		address_set_port(&expected, 0);
		assert_true(source.found);
		assert_true(address_equal(&source.address, &expected));
		assert_int_equal(source.prefix_length, rows[i].prefix_length);
		assert_false(source.deprecated || source.home || source.tunnel);
	}
	source_address_free(sources);
}

/* No earlier answer sticks to the socket, nor to *source. */
static void
destinations_do_not_affect_each_other(void **state)
{
	static const char *const destinations[] = { "127.0.0.1", "192.0.2.77",
		"127.9.8.7", "::1", "2001:db8::77", "127.0.0.1", "::1",
		"240.0.0.1", "fe80::1", "192.0.2.77", "2001:db8::77" };
	struct source_address *sources = source_address_new(), *fresh;
	struct destsort_source source, alone;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(destinations) / sizeof(*destinations); i++) {
		memset(&alone, 0, sizeof(alone));
		memset(&source, 0xff, sizeof(source));
		fresh = source_address_new();
		(void)find(fresh, destinations[i], &alone);
		(void)find(sources, destinations[i], &source);
		assert_memory_equal(&source, &alone, sizeof(source));
		source_address_free(fresh);
	}
	source_address_free(sources);
}

static void
descriptors_are_two_at_most(void **state)
{
	size_t inherited, inherited_before;
	const size_t before = count_descriptors(&inherited_before);
	struct source_address *sources = source_address_new();
	struct destsort_source source;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		(void)find(sources, "127.0.0.1", &source);
		(void)find(sources, "::1", &source);
		(void)find(sources, "255.255.255.255", &source);
		(void)source_address_own(sources, 0);
		assert_true(count_descriptors(&inherited) <= before + 2);
		assert_int_equal(inherited, inherited_before);
		if (i % 10 == 9) {
			source_address_close(sources);
			assert_int_equal(count_descriptors(&inherited), before);
		}
	}
	(void)find(sources, "127.0.0.1", &source);
	source_address_free(sources);
	assert_int_equal(count_descriptors(&inherited), before);
	source_address_free(NULL);
}

/* Without a descriptor nothing is found, and later all is. */
static void
out_of_descriptors_is_survived(void **state)
{
	struct source_address *sources = enter_child();
	struct destsort_source source;
	struct rlimit limit;
	rlim_t soft;

	(void)state;
	if (sources == NULL)
		return;
	EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	soft = limit.rlim_cur;
	limit.rlim_cur = 0;
	EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	EXPECT(!find(sources, "127.0.0.1", &source));
	EXPECT(!source.found);
	EXPECT(source_address_own(sources, 0) == NULL);
	limit.rlim_cur = soft;
	EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	EXPECT(find(sources, "127.0.0.1", &source));
	EXPECT(source.prefix_length == 8); /* as there is a snapshot now */
	EXPECT(source_address_own(sources, 0) != NULL);
	leave_child(sources);
}

#ifdef NAMESPACES

/* Does the same in a network of the child's own, with lo down. */
static struct source_address *
enter_namespace(void)
{
	struct source_address *sources = enter_child();

	if (sources != NULL && unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1) {
		print_message("no permission for a namespace\n");
		_exit(CHILD_SKIPPED);
	}
	return (sources);
}

static void
bring_up(const char *interface)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	EXPECT(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
	close(fd);
}

/* Gives an interface an IPv6 address. */
static void
add_address(const char *interface, const char *text, unsigned char length,
    unsigned char flags, uint32_t preferred_lifetime)
{
	const struct address address = literal(text);
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg message;
		struct rtattr local;
		struct in6_addr address;
		struct rtattr cache;
		struct ifa_cacheinfo lifetimes;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
		    .nlmsg_type = RTM_NEWADDR,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE },
		.message = { .ifa_family = AF_INET6,
		    .ifa_prefixlen = length,
		    .ifa_flags = flags | IFA_F_NODAD,
		    .ifa_index = if_nametoindex(interface) },
		.local = { RTA_LENGTH(sizeof(struct in6_addr)), IFA_LOCAL },
		.address = address.in6.sin6_addr,
		.cache = { RTA_LENGTH(sizeof(struct ifa_cacheinfo)),
		    IFA_CACHEINFO },
		.lifetimes = { .ifa_prefered = preferred_lifetime,
		    .ifa_valid = UINT32_MAX },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	EXPECT(send(fd, &request, sizeof(request), 0) == sizeof(request));
	close(fd);
}

/* Whether an address is listed, with a subnet of that length. */
static bool
owns(struct source_address *sources, const char *text, unsigned length)
{
	const struct address address = literal(text);
	const struct destsort_source *own;
	struct address listed;

	for (size_t i = 0; (own = source_address_own(sources, i)) != NULL;
	     i++) {
		listed = own->address;
		address_set_port(&listed, 80);
		if (address_equal(&listed, &address))
			return (own->prefix_length == length);
	}
	return (false);
}

static void
without_a_route_nothing_is_found(void **state)
{
	struct source_address *sources = enter_namespace();
	struct destsort_source source;

	(void)state;
	if (sources == NULL)
		return;
	EXPECT(!find(sources, "192.0.2.1", &source));
	EXPECT(!find(sources, "2001:db8::1", &source));
	EXPECT(!find(sources, "127.0.0.1", &source)); /* lo is down */
	EXPECT(source_address_own(sources, 0) == NULL);
	leave_child(sources);
}

static void
the_hosts_addresses_are_listed(void **state)
{
	struct source_address *sources = enter_namespace();
	struct destsort_source source;

	(void)state;
	if (sources == NULL)
		return;
	bring_up("lo");
	add_address("lo", "fe80::5", 64, 0, UINT32_MAX);
	EXPECT(find(sources, "127.0.0.1", &source));
	EXPECT(find(sources, "127.1.2.3", &source));
	EXPECT(source.prefix_length == 8);
	EXPECT(find(sources, "fe80::5%lo", &source));
	EXPECT(source.prefix_length == 64);
	EXPECT(!find(sources, "fe80::5", &source));
	EXPECT(owns(sources, "127.0.0.1", 8));
	EXPECT(owns(sources, "::1", 128));
	EXPECT(owns(sources, "fe80::5%lo", 64));
	EXPECT(source_address_own(sources, 2) != NULL);
	EXPECT(source_address_own(sources, 3) == NULL);
	leave_child(sources);
}

static void
flags_are_told(void **state)
{
	struct source_address *sources = enter_namespace();
	struct destsort_source source;

	(void)state;
	if (sources == NULL)
		return;
	bring_up("lo");
	add_address("lo", "2001:db8:1::1", 64, 0, UINT32_MAX);
	add_address("lo", "2001:db8:2::1", 48, 0, 0);
	add_address("lo", "2001:db8:3::1", 128, IFA_F_HOMEADDRESS, UINT32_MAX);
	EXPECT(find(sources, "2001:db8:1::1", &source));
	EXPECT(source.prefix_length == 64);
	EXPECT(!source.deprecated && !source.home && !source.tunnel);
	EXPECT(find(sources, "2001:db8:2::1", &source));
	EXPECT(source.prefix_length == 48);
	EXPECT(source.deprecated && !source.home);
	EXPECT(find(sources, "2001:db8:3::1", &source));
	EXPECT(source.prefix_length == 128);
	EXPECT(!source.deprecated && source.home);
	leave_child(sources);
}

/* A tun device may have any type. */
static void
tunnels_are_told(void **state)
{
	static const int types[] = { ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT,
		ARPHRD_NONE };
	struct ifreq request = { .ifr_name = "tun7",
		.ifr_flags = IFF_TUN | IFF_NO_PI };
	struct source_address *sources = enter_namespace();
	struct destsort_source source;
	size_t i;
	int tun;

	(void)state;
	if (sources == NULL)
		return;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		tun = open("/dev/net/tun", O_RDWR);
		if (tun == -1)
			_exit(CHILD_SKIPPED);
		EXPECT(ioctl(tun, TUNSETIFF, &request) == 0);
		EXPECT(ioctl(tun, TUNSETLINK, types[i]) == 0);
		bring_up("tun7");
		add_address("tun7", "2001:db8:4::1", 64, 0, UINT32_MAX);
		EXPECT(find(sources, "2001:db8:4::2", &source));
		EXPECT(source.prefix_length == 64);
		EXPECT(source.tunnel == (types[i] != ARPHRD_NONE));
		source_address_free(sources);
		sources = source_address_new();
		close(tun);
	}
	leave_child(sources);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_is_its_own_source),
		cmocka_unit_test(destinations_do_not_affect_each_other),
		cmocka_unit_test(descriptors_are_two_at_most),
		cmocka_unit_test(out_of_descriptors_is_survived),
#ifdef NAMESPACES
		cmocka_unit_test(without_a_route_nothing_is_found),
		cmocka_unit_test(the_hosts_addresses_are_listed),
		cmocka_unit_test(flags_are_told),
		cmocka_unit_test(tunnels_are_told),
#endif
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
