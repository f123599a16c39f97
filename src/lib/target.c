/* SPDX-License-Identifier: ISC */
/*
 * Checks and copies what a connect is to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addrinfo.h"
#include "idn.h"
#include "interfaces.h"
#include "service.h"
#include "target.h"

static bool
is_wanted(const struct address *address, int family)
{
	return (family == AF_UNSPEC || address_family(address) == family);
}

/*
 * Sets the name to look up. What cannot be converted is left to the resolver:
 * it may be in the encoding of the locale.
 */
static int
set_name(struct target *target, const char *host)
{
	enum idn_result result = idn_to_ascii(host, &target->name);

	if (result == IDN_NO_MEMORY)
		return (ENOMEM);
	if (result != IDN_CONVERTED)
		target->name = strdup(host);
	return (target->name == NULL ? ENOMEM : 0);
}

/* Makes `host` an address if it is a literal, or else a name. */
static int
parse_host(struct target *target, const char *host, int family)
{
	struct address address;

	switch (address_parse(&address, host, target->port)) {
	case ADDRESS_UNKNOWN_ZONE:
		return (EINVAL);
	case ADDRESS_NOT_LITERAL:
		target->is_name = true;
		return (set_name(target, host));
	case ADDRESS_PARSED:
		break;
	}
	target->addresses = malloc(sizeof(*target->addresses));
	if (target->addresses == NULL)
		return (ENOMEM);
	target->addresses[0] = address;
	target->address_count = is_wanted(&address, family);
	interfaces_complete_zones(target->addresses, target->address_count);
	return (0);
}

int
target_init_host(
    struct target *target, const char *host, const char *service, int family)
{
	int error;

	*target = (struct target){ .host = NULL };
	if (host == NULL || *host == '\0' || service == NULL)
		return (EINVAL);
	error = service_port(&target->port, service);
	if (error != 0)
		return (error);
	target->host = strdup(host);
	target->service = strdup(service);
	if (target->host == NULL || target->service == NULL)
		return (ENOMEM);
	return (parse_host(target, host, family));
}

/* Copies those of `list` that are wanted into room for all of them. */
static int
copy_list(struct target *target, const struct evutil_addrinfo *list, int family)
{
	for (; list != NULL; list = list->ai_next) {
		struct address *next =
		    &target->addresses[target->address_count];

		if (!addrinfo_address(list, next) || address_port(next) == 0)
			return (EINVAL);
		target->address_count += is_wanted(next, family);
	}
	return (0);
}

int
target_init_list(
    struct target *target, const struct evutil_addrinfo *list, int family)
{
	size_t count = addrinfo_count(list);
	int error;

	*target = (struct target){ .host = NULL };
	if (count == 0)
		return (EINVAL);
	target->addresses = calloc(count, sizeof(*target->addresses));
	if (target->addresses == NULL)
		return (ENOMEM);
	error = copy_list(target, list, family);
	if (error == 0)
		interfaces_complete_zones(
		    target->addresses, target->address_count);
	return (error);
}

void
target_release(struct target *target)
{
	free(target->host);
	free(target->service);
	free(target->name);
	free(target->addresses);
	*target = (struct target){ .host = NULL };
}
