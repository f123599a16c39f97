/* SPDX-License-Identifier: ISC */
/*
 * What hecat_cares.h sets: checked, and kept for the lookups.
 */
#include <ares.h>
#include <errno.h>
#include <stdlib.h>

#include "search.h"
#include "servers.h"

#define DNS_PORT    53
#define TIMEOUT_MIN MONOTIME_PER_MS
#define TIMEOUT_MAX (3600 * MONOTIME_PER_SECOND)
#define TRIES_MAX   100

/* Returns 0, or -1 with errno EINVAL. */
static int
check(bool is_valid)
{
	if (is_valid)
		return (0);
	errno = EINVAL;
	return (-1);
}

struct hecat_cares *
hecat_cares_new(void)
{
	struct hecat_cares *cares = calloc(1, sizeof(*cares));

	if (cares == NULL)
		errno = ENOMEM;
	return (cares);
}

void
hecat_cares_free(struct hecat_cares *cares)
{
	if (cares == NULL)
		return;
	free(cares->servers);
	free(cares);
}

int
hecat_cares_use(struct hecat_cares *cares, struct hecat_config *config)
{
	if (check(cares != NULL && config != NULL && cares->server_count > 0) ==
	    -1)
		return (-1);
	return (hecat_config_set_resolver(config, &search_methods, cares));
}

static int
add_server(
    struct hecat_cares *cares, const struct sockaddr *sa, int socklen, bool tcp)
{
	struct cares_server server = { .tcp = tcp }, *grown;

	if (check(cares != NULL && sa != NULL && socklen > 0 &&
		address_from_sockaddr(
		    &server.address, sa, (socklen_t)socklen) &&
		!address_lacks_zone(&server.address)) == -1)
		return (-1);
	if (address_port(&server.address) == 0)
		address_set_port(&server.address, DNS_PORT);
	grown = realloc(
	    cares->servers, (cares->server_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	cares->servers = grown;
	grown[cares->server_count++] = server;
	return (0);
}

int
hecat_cares_add_server(
    struct hecat_cares *cares, const struct sockaddr *server, int socklen)
{
	return (add_server(cares, server, socklen, false));
}

int
hecat_cares_add_tcp_server(
    struct hecat_cares *cares, const struct sockaddr *server, int socklen)
{
	return (add_server(cares, server, socklen, true));
}

int
hecat_cares_set_timeout(
    struct hecat_cares *cares, const struct timeval *timeout)
{
	monotime_t duration = 0;

	if (check(cares != NULL &&
		(timeout == NULL ||
		    (clock_from_timeval(&duration, timeout) &&
			duration >= TIMEOUT_MIN && duration <= TIMEOUT_MAX))) ==
	    -1)
		return (-1);
	cares->timeout = duration;
	return (0);
}

int
hecat_cares_set_tries(struct hecat_cares *cares, unsigned tries)
{
	if (check(cares != NULL && tries <= TRIES_MAX) == -1)
		return (-1);
	cares->tries = tries;
	return (0);
}

size_t
hecat_cares_get_server_count(const struct hecat_cares *cares)
{
	return (cares->server_count);
}

const struct timeval *
hecat_cares_get_timeout(const struct hecat_cares *cares, struct timeval *tv)
{
	if (cares->timeout == 0)
		return (NULL);
	*tv = clock_timeval(cares->timeout);
	return (tv);
}

unsigned
hecat_cares_get_tries(const struct hecat_cares *cares)
{
	return (cares->tries);
}

const struct sockaddr *
hecat_cares_get_server(const struct hecat_cares *cares, size_t number)
{
	if (number >= cares->server_count)
		return (NULL);
	return (&cares->servers[number].address.sa);
}

int
hecat_cares_is_tcp_server(const struct hecat_cares *cares, size_t number)
{
	return (number < cares->server_count && cares->servers[number].tcp);
}

const char *
hecat_cares_get_ares_version(void)
{
	return (ares_version(NULL));
}
