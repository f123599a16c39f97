/* SPDX-License-Identifier: ISC */
/*
 * hecat_cares.h: names from DNS servers of one's choice, by c-ares.
 *
 * The public header of libhecat_cares. It is a resolver of libhecat (hecat.h,
 * hecat_config_set_resolver()) that uses no threads: its sockets and timers are
 * in the event base of the connector.
 *
 *	cares = hecat_cares_new();
 *	hecat_cares_add_server(cares, (struct sockaddr *)&sin, sizeof(sin));
 *	hecat_cares_use(cares, config);
 *	connector = hecat_connector_new(
 *	    base, config, on_connected, on_failed, arg);
 *	hecat_connector_connect_hostname(connector, "example.com", "443");
 *
 * AAAA and A are asked for in a query each, AAAA first, and each answer is
 * passed on when it comes. Only DNS is asked: neither /etc/hosts nor what else
 * the system has. The search list of resolv.conf(5) counts, as res_ninit(3)
 * reads it, at most six domains: the addresses of both families are those of
 * the first of its names that has any. A name that no server could be asked for
 * ends the search, as it may be the one that is meant.
 *
 * The servers are asked in the order in which they were added. The next one is
 * asked after an error (SERVFAIL, REFUSED and all others but NXDOMAIN), after a
 * reply that cannot be read, and when one is silent; those that were silent are
 * asked again in the next round. The next name of the search list begins with
 * the server that has answered last. Why there are no addresses is what the
 *last one has answered: hecat_event_get_text() has it in words ("SERVFAIL from
 * 192.0.2.53"), hecat_event_get_server() the server.
 *
 *	NXDOMAIN                EAI_NONAME
 *	no address (NODATA)     EAI_NODATA
 *	SERVFAIL, no answer     EAI_AGAIN
 *	another code, a reply that cannot be read, no recursion  EAI_FAIL
 *	an error of the system  EAI_SYSTEM, with the errno
 *
 * Queries have EDNS (RFC 6891) and ask for UDP replies of 1232 bytes at most; a
 * server that does not know EDNS is asked without it. What is truncated is
 * asked again over TCP. A name has to be ASCII.
 *
 * What stands about the functions, structs and callbacks of hecat.h goes for
 * these, too. Use one in one thread at a time. No SIGPIPE is raised.
 */
#ifndef HECAT_CARES_H
#define HECAT_CARES_H

#include "hecat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which servers are asked, and how. */
struct hecat_cares;

/* Makes one, without servers. Returns NULL with errno ENOMEM. */
struct hecat_cares *hecat_cares_new(void);

/*
 * Frees it, after all connectors that use it: those that are freed inside a
 * callback use it until that has returned.
 */
void hecat_cares_free(struct hecat_cares *cares);

/*
 * Makes it the resolver of `config`. It has to outlive each connector made so.
 * EINVAL: it has no server.
 */
int hecat_cares_use(struct hecat_cares *cares, struct hecat_config *config);

/*
 * Add a server, over UDP, and TCP for what is truncated, or over TCP alone.
 * Port 0 is 53. EINVAL: it is neither an IPv4 nor an IPv6 address, or a
 * link-local one without an interface (sin6_scope_id).
 *
 * These and all that is set below count for each lookup that starts afterwards.
 */
int hecat_cares_add_server(
    struct hecat_cares *cares, const struct sockaddr *server, int socklen);
int hecat_cares_add_tcp_server(
    struct hecat_cares *cares, const struct sockaddr *server, int socklen);

/*
 * How long each reply is waited for: 1 ms to an hour; NULL (default): as
 * resolv.conf(5) has it, 5 s unless it has an option "timeout".
 */
int hecat_cares_set_timeout(
    struct hecat_cares *cares, const struct timeval *timeout);

/*
 * How often a server that is silent is asked, 1 to 100; 0 (default): as
 * resolv.conf(5) has it, twice unless it has an option "attempts".
 */
int hecat_cares_set_tries(struct hecat_cares *cares, unsigned tries);

/* Return what was set. The timeout is written to *tv; NULL: none was set. */
size_t hecat_cares_get_server_count(const struct hecat_cares *cares);
const struct timeval *hecat_cares_get_timeout(
    const struct hecat_cares *cares, struct timeval *tv);
unsigned hecat_cares_get_tries(const struct hecat_cares *cares);

/* Return server number `number`, from 0, with its port, or NULL for none; and
 * whether it is asked over TCP alone. */
const struct sockaddr *hecat_cares_get_server(
    const struct hecat_cares *cares, size_t number);
int hecat_cares_is_tcp_server(const struct hecat_cares *cares, size_t number);

/* Returns the version of c-ares that is used, "1.18.1". */
const char *hecat_cares_get_ares_version(void);

#ifdef __cplusplus
}
#endif

#endif
