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
	bool dns_last; /* no service stands behind it */
	bool resolve;  /* systemd-resolved */
	/* And dns is not asked for what resolve does not find. */
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
	bool machine;          /* a local container that systemd-machined has */
	bool
	    unknown; /* a file was not read for lack of descriptors or memory */
};

/*
 * Reads the last hosts: line of `file`; without one, or without a file (NULL),
 * the services are files and dns.
 */
void host_services_read(struct host_services *services, FILE *file);

/*
 * Returns whether one of the names stands in `file`, of the form of hosts(5),
 * for any address. Case does not count, a dot at the end does. A label that is
 * not ASCII stands there in its encoded form, which only getaddrinfo(3) knows
 * how to make: any label may be that.
 */
bool hosts_file_has(FILE *file, const char *const *names, size_t count);

/*
 * Returns whether `name` is one that nss-myhostname(8) makes on a machine that
 * is called `hostname`.
 */
bool hosts_hint_is_own_name(const char *name, const char *hostname);

/* Returns whether `name` is in the domain local, which mDNS has. */
bool hosts_hint_is_local(const char *name);

/*
 * Gathers what this machine knows of any of the names: the first one is as it
 * was typed, the others are those that DNS may be asked for in its place.
 */
void hosts_hint_read(
    struct hosts_hint *hint, const char *const *names, size_t count);

#endif
