/* SPDX-License-Identifier: ISC */
/*
 * hosts_hint.h: what this machine itself knows of a name, without a name
 * server.
 *
 * The parsers read streams and the facts are a struct, so that tests need no
 * files of the machine; only hosts_hint_read() opens those. It reads files of
 * any size: call it in a thread.
 */
#ifndef HOSTS_HINT_H
#define HOSTS_HINT_H

#include <stdbool.h>
#include <stdio.h>

/* The services that the hosts: line of nsswitch.conf(5) names. */
struct host_services {
	bool files;
	bool dns;
	bool dns_last; /* no service is after it */
	bool resolve;  /* systemd-resolved */
	/* resolve is queried, and dns not for a name that resolve lacks. */
	bool resolve_before_dns;
	bool myhostname;
	bool mymachines;
	bool mdns;  /* in any of its forms */
	bool other; /* a service that is not listed here */
};

struct hosts_hint {
	struct host_services services;
	bool in_hosts_file;    /* only with the service files */
	bool aliases;          /* HOSTALIASES is set (hostname(7)) */
	bool resolved_running; /* systemd-resolved has its socket */
	bool own_name;         /* a name that nss-myhostname(8) makes */
	bool machine;          /* a local container that systemd-machined has */
	/* A file was not read for lack of descriptors or memory. */
	bool unknown;
};

/*
 * Reads the last hosts: line of `file`; without one, or without a file (NULL),
 * the services are files and dns.
 */
void host_services_read(struct host_services *services, FILE *file);

/*
 * Returns whether one of the names is in `file`, a hosts(5), with any address.
 * Case does not count, a dot at the end does. A label of a name that is not
 * ASCII matches every label: the file has it in the encoded form, which only
 * getaddrinfo(3) can make.
 */
bool hosts_file_has(FILE *file, const char *const *names, size_t count);

/*
 * Returns whether nss-myhostname(8) knows `name` on a machine with this
 * `hostname`.
 */
bool hosts_hint_is_own_name(const char *name, const char *hostname);

/* Returns whether `name` is in the domain local, which mDNS answers. */
bool hosts_hint_is_mdns(const char *name);

/*
 * Reads what this machine knows of the names: the first one as it was typed,
 * the others as DNS may be queried for them instead.
 */
void hosts_hint_read(
    struct hosts_hint *hint, const char *const *names, size_t count);

#endif
