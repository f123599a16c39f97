/* SPDX-License-Identifier: ISC */
/*
 * Lists of addresses: nodes are made, relinked in another order, and taken out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addrinfo.h"
#include "config.h"
#include "container.h"
#include "descriptor.h"
#include "destsort.h"
#include "interfaces.h"
#include "interleave.h"
#include "ordering.h"

/* A node with all that it points to. */
struct node {
	struct evutil_addrinfo info; /* the first member: what users see */
	struct address address;
	char canonname[];
};

size_t
addrinfo_count(const struct evutil_addrinfo *list)
{
	size_t count = 0;

	for (; list != NULL; list = list->ai_next)
		count++;
	return (count);
}

bool
addrinfo_address(const struct evutil_addrinfo *node, struct address *address)
{
	return (node->ai_addr != NULL &&
	    address_from_sockaddr(
		address, node->ai_addr, (socklen_t)node->ai_addrlen));
}

/* Sets errno and returns -1. */
static int
fail(int error)
{
	errno = error;
	return (-1);
}

/*
 * Returns a node of `address` that has what else `like` has; NULL when out of
 * memory.
 */
static struct evutil_addrinfo *
node_new(const struct address *address, const struct evutil_addrinfo *like)
{
	size_t length = like->ai_canonname == NULL
	    ? 0
	    : strlen(like->ai_canonname) + 1;
	struct node *node = malloc(sizeof(*node) + length);

	if (node == NULL) {
		errno = ENOMEM;
		return (NULL);
	}
	node->address = *address;
	node->info = (struct evutil_addrinfo){
		.ai_flags = like->ai_flags,
		.ai_family = address_family(address),
		.ai_socktype = like->ai_socktype,
		.ai_protocol = like->ai_protocol,
		.ai_addrlen = address->length,
		.ai_addr = &node->address.sa,
	};
	if (node->info.ai_socktype == 0)
		node->info.ai_socktype = SOCK_STREAM;
	if (node->info.ai_protocol == 0 &&
	    node->info.ai_socktype == SOCK_STREAM)
		node->info.ai_protocol = IPPROTO_TCP;
	if (length > 0) {
		node->info.ai_canonname = node->canonname;
		memcpy(node->canonname, like->ai_canonname, length);
	}
	return (&node->info);
}

void
hecat_addrinfo_free(struct evutil_addrinfo *list)
{
	struct evutil_addrinfo *next;

	for (; list != NULL; list = next) {
		next = list->ai_next;
		free(container_of(list, struct node, info));
	}
}

struct evutil_addrinfo *
hecat_addrinfo_copy(const struct evutil_addrinfo *list)
{
	struct evutil_addrinfo *copy = NULL, **next = &copy;
	struct address address;
	int error;

	if (list == NULL)
		errno = EINVAL;
	for (; list != NULL; list = list->ai_next) {
		if (!addrinfo_address(list, &address)) {
			errno = EINVAL;
			goto fail;
		}
		*next = node_new(&address, list);
		if (*next == NULL)
			goto fail;
		next = &(*next)->ai_next;
	}
	return (copy);
fail:
	error = errno;
	hecat_addrinfo_free(copy);
	errno = error;
	return (NULL);
}

int
hecat_addrinfo_add(
    struct evutil_addrinfo **list, const struct sockaddr *address, int socklen)
{
	static const struct evutil_addrinfo like = { .ai_flags = 0 };
	struct address normalised;

	if (list == NULL || address == NULL || socklen < 0 ||
	    !address_from_sockaddr(&normalised, address, (socklen_t)socklen))
		return (fail(EINVAL));
	while (*list != NULL)
		list = &(*list)->ai_next;
	*list = node_new(&normalised, &like);
	return (*list == NULL ? -1 : 0);
}

/* The nodes of a list, to be put in another order. */
struct permutation {
	struct evutil_addrinfo **nodes;
	struct address *addresses;
	size_t *order;
	size_t count;
};

static void
permutation_release(struct permutation *permutation)
{
	free(permutation->nodes);
	free(permutation->addresses);
	free(permutation->order);
}

/* Reads `list`, which is not empty. Returns 0 or an errno. */
static int
permutation_init(struct permutation *permutation, struct evutil_addrinfo *list)
{
	size_t count = addrinfo_count(list);

	*permutation = (struct permutation){
		.nodes = calloc(count, sizeof(struct evutil_addrinfo *)),
		.addresses = calloc(count, sizeof(*permutation->addresses)),
		.order = calloc(count, sizeof(*permutation->order)),
		.count = count,
	};
	if (permutation->nodes == NULL || permutation->addresses == NULL ||
	    permutation->order == NULL)
		return (ENOMEM);
	for (size_t i = 0; i < count; i++, list = list->ai_next) {
		permutation->nodes[i] = list;
		if (!addrinfo_address(list, &permutation->addresses[i]))
			return (EINVAL);
	}
	return (0);
}

/*
 * Ends with `error`, 0 or an errno: relinks the nodes in their new order, or
 * leaves them as they are. Returns what the public functions return.
 */
static int
permutation_finish(
    struct permutation *permutation, struct evutil_addrinfo **list, int error)
{
	for (size_t i = 0; error == 0 && i < permutation->count; i++) {
		*list = permutation->nodes[permutation->order[i]];
		list = &(*list)->ai_next;
	}
	if (error == 0)
		*list = NULL;
	permutation_release(permutation);
	return (error == 0 ? 0 : fail(error));
}

static int
permutation_interleave(struct permutation *permutation, int leading_family,
    unsigned first_address_family_count)
{
	int *families = calloc(permutation->count, sizeof(*families));

	if (families == NULL)
		return (ENOMEM);
	for (size_t i = 0; i < permutation->count; i++)
		families[i] = address_family(&permutation->addresses[i]);
	interleave(families, permutation->count, leading_family,
	    first_address_family_count, permutation->order);
	free(families);
	return (0);
}

int
hecat_addrinfo_interleave(struct evutil_addrinfo **list, int leading_family,
    unsigned first_address_family_count)
{
	struct permutation permutation;
	int error;

	if (list == NULL || first_address_family_count == 0 ||
	    (leading_family != AF_UNSPEC && leading_family != AF_INET &&
		leading_family != AF_INET6))
		return (fail(EINVAL));
	if (*list == NULL)
		return (0);
	error = permutation_init(&permutation, *list);
	if (error == 0)
		error = permutation_interleave(
		    &permutation, leading_family, first_address_family_count);
	return (permutation_finish(&permutation, list, error));
}

/* Returns errno when that is a lack of memory or descriptors; 0: it is not. */
static int
shortage(void)
{
	return (errno == ENOMEM || descriptor_is_shortage(errno) ? errno : 0);
}

/*
 * Finds the sources of all destinations. Returns 0, or the errno of a shortage:
 * the order would be another one without it.
 */
static int
find_sources(struct permutation *permutation, struct ordering *ordering,
    struct destsort_source *sources)
{
	errno = 0;
	ordering_prepare(ordering, permutation->count);
	if (shortage() != 0)
		return (errno);
	errno = 0;
	interfaces_complete_zones(permutation->addresses, permutation->count);
	if (shortage() != 0)
		return (errno);
	for (size_t i = 0; i < permutation->count; i++) {
		errno = 0;
		candidates_source_of(
		    &ordering->policy, &permutation->addresses[i], &sources[i]);
		if (shortage() != 0)
			return (errno);
	}
	return (0);
}

static int
permutation_sort(struct permutation *permutation, struct host *host)
{
	size_t count = permutation->count;
	struct destsort_source *sources = calloc(count, sizeof(*sources));
	unsigned char *rules = calloc(count, sizeof(*rules));
	struct hecat_config config;
	struct ordering ordering;
	int error = ENOMEM;

	config_init(&config);
	ordering_init(&ordering, host, &config);
	if (sources != NULL && rules != NULL)
		error = find_sources(permutation, &ordering, sources);
	if (error == 0 &&
	    !destsort(permutation->addresses, sources, count, &ordering.table,
		permutation->order, rules))
		error = ENOMEM;
	free(sources);
	free(rules);
	return (error);
}

int
addrinfo_sort(struct evutil_addrinfo **list, struct host *host)
{
	struct permutation permutation;
	int error;

	if (*list == NULL)
		return (0);
	error = permutation_init(&permutation, *list);
	if (error == 0 && permutation.count > 1)
		error = permutation_sort(&permutation, host);
	return (permutation_finish(&permutation, list, error));
}

int
hecat_addrinfo_sort(struct evutil_addrinfo **list)
{
	struct host *host;
	int result, error;

	if (list == NULL)
		return (fail(EINVAL));
	host = host_system_new();
	if (host == NULL)
		return (fail(ENOMEM));
	result = addrinfo_sort(list, host);
	error = errno;
	host->ops->release(host);
	errno = error;
	return (result);
}

typedef bool (*is_wanted_fn)(const struct address *address, void *arg);

/*
 * Unlinks the nodes that are wanted and returns them in their order; NULL with
 * errno ENOENT when there is none.
 */
static struct evutil_addrinfo *
take_out(struct evutil_addrinfo **list, is_wanted_fn is_wanted, void *arg)
{
	struct evutil_addrinfo *taken = NULL, **next = &taken, *node;
	struct address address;

	while ((node = *list) != NULL) {
		if (!addrinfo_address(node, &address) ||
		    !is_wanted(&address, arg)) {
			list = &node->ai_next;
			continue;
		}
		*list = node->ai_next;
		node->ai_next = NULL;
		*next = node;
		next = &node->ai_next;
	}
	if (taken == NULL)
		errno = ENOENT;
	return (taken);
}

/* Returns whether `address` is the one of `arg`, in all that both name. */
static bool
is_same(const struct address *address, void *arg)
{
	struct address wanted = *(const struct address *)arg;

	if (address_port(&wanted) == 0)
		address_set_port(&wanted, address_port(address));
	if (address_family(&wanted) == AF_INET6 &&
	    address_family(address) == AF_INET6 &&
	    (wanted.in6.sin6_scope_id == 0 || address->in6.sin6_scope_id == 0))
		wanted.in6.sin6_scope_id = address->in6.sin6_scope_id;
	return (address_equal(&wanted, address));
}

struct evutil_addrinfo *
hecat_addrinfo_remove(
    struct evutil_addrinfo **list, const struct sockaddr *address, int socklen)
{
	struct address wanted;

	if (list == NULL || address == NULL || socklen < 0 ||
	    !address_from_sockaddr(&wanted, address, (socklen_t)socklen)) {
		errno = EINVAL;
		return (NULL);
	}
	return (take_out(list, is_same, &wanted));
}

/* How many addresses of each family are still wanted. */
struct share {
	unsigned ipv4;
	unsigned ipv6;
};

static bool
is_in_share(const struct address *address, void *arg)
{
	struct share *share = arg;
	unsigned *left = address_family(address) == AF_INET ? &share->ipv4
							    : &share->ipv6;

	if (*left == 0)
		return (false);
	--*left;
	return (true);
}

struct evutil_addrinfo *
hecat_addrinfo_pop(struct evutil_addrinfo **list, unsigned per_family)
{
	struct share share = { per_family, per_family };

	if (list == NULL || per_family == 0) {
		errno = EINVAL;
		return (NULL);
	}
	return (take_out(list, is_in_share, &share));
}
