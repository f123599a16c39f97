/* SPDX-License-Identifier: ISC */
/*
 * hosts_hint.h: what this machine itself knows of a name, before a name server
 * is asked.
 *
 * The parsers read streams and the facts are a struct, so that all of it can be
 * tested without the files of a machine; hosts_hint_read() alone opens those.
 * It reads files of any size and belongs into a thread.
 */
#ifndef HOSTS_HINT_H
#define HOSTS_HINT_H

#include <stdbool.h>
#include <stdio.h>

/* The services that the hosts: line of nsswitch.conf(5) names. */
struct host_services {
	bool files;
	bool dns;
	bool resolve; /* systemd-resolved */
	bool resolve_before_dns;
	bool myhostname;
	bool mymachines;
	bool mdns;  /* in any of its forms */
	bool other; /* one that is not listed here */
};

struct hosts_hint {
	struct host_services services;
	bool in_hosts_file;    /* where the services include files */
	bool aliases;          /* HOSTALIASES is set (hostname(7)) */
	bool resolved_running; /* systemd-resolved has its socket */
	bool own_name;         /* a name that nss-myhostname(8) makes */
	bool
	    unknown; /* a file was not read for lack of descriptors or memory */
};

/*
 * Reads the last hosts: line of `file`; without one, or without a file (NULL),
 * the services are files and dns.
 */
void host_services_read(struct host_services *services, FILE *file);

/*
 * Returns whether `name` stands in `file`, of the form of hosts(5), for any
 * address. Case does not count. A name that is not ASCII may be there in its
 * encoded form ("xn--"), which only getaddrinfo(3) knows how to make: then
 * every such entry counts.
 */
bool hosts_file_has(FILE *file, const char *name);

/*
 * Returns whether `name` is one that nss-myhostname(8) makes on a machine that
 * is called `hostname`.
 */
bool hosts_hint_is_own_name(const char *name, const char *hostname);

/* Returns whether `name` is in the domain local, which mDNS has. */
bool hosts_hint_is_local(const char *name);

/* Gathers what this machine knows of `name`. */
void hosts_hint_read(struct hosts_hint *hint, const char *name);

#endif
