/* SPDX-License-Identifier: ISC */
/*
 * A scenario: how every address and every name of the network behaves.
 *
 * One sentence a line; a ';' ends a line too, a '#' starts a comment.  D is a
 * duration: 0, 250us, 30ms, 1.5s.  Wherever one stands, "after" may precede
 * it, and without one there is no delay.
 *
 * Hosts.  Whatever is not listed is a black hole.  TARGET is an address, a
 * prefix, ADDR4:PORT or [ADDR6]:PORT; several may stand together.  The most
 * specific line speaks: first the longest prefix, then one with a port, then
 * the later line.
 *
 *	host TARGET... [port N] [drop-syns N] [drop-larger N] accept [D] STEP...
 *	host TARGET... [port N] [drop-syns N] refuse [D]
 *	host TARGET... [port N] [drop-syns N] icmp KIND [from ROUTER] [D]
 *	host TARGET... [port N] drop
 *	host TARGET... [port N] from D ...
 *
 * With "from" the line is there only when the command has run for D.
 *
 * The answer to a SYN leaves D after it; every SYN, retransmitted or not, is
 * answered for itself, but for the first N that drop-syns ignores.  Packets
 * with more than N bytes of data are lost with drop-larger, as where the path
 * MTU is smaller than the link's and nobody says so.  KIND is
 * one of the names that --help lists.  The steps follow one another once the
 * handshake is complete, D being the time since the step before:
 *
 *	say "TEXT" [D]	sends the text (\r \n \t \0 \\ \" \xHH)
 *	read N [D]	waits until N bytes came in all
 *	close [D]	ends the sending side with a FIN
 *	reset [D]	sends a RST
 *	echo		sends back all that comes from here on
 *	stay-open	never answers a FIN with a FIN; the last step
 *
 * What comes is acknowledged and counted.  A FIN is answered with a FIN after
 * the last step.  UDP to a host that refuses, or to one that answers with
 * ICMP, gets the same; other UDP is lost.
 *
 * Names.  Whatever is not listed does not exist (NXDOMAIN); a name listed for
 * some types only has no data of the others.  TYPE is A, AAAA, HTTPS, SVCB,
 * SRV, TXT, MX or PTR; without one the line is for all.
 *
 *	name NAME TYPE [drop-queries N] [truncated] ADDRESS... [D]
 *	name NAME TYPE [drop-queries N] [truncated] N records from ADDRESS [D]
 *	name NAME [TYPE] [drop-queries N] nodata|nxdomain|servfail|refused [D]
 *	name NAME [TYPE] silent
 *	name NAME cname NAME [D]
 *	name NAME [TYPE] from D ...
 *
 * An answer that is too big for UDP, or "truncated", has the TC bit and no
 * records; over TCP, which a line such as "host 192.0.2.53:53 refuse" can
 * forbid, it is complete.  The delay of an alias adds to that of
 * the name it stands for.
 *
 * The machine under test has 192.0.2.1/24 and 2001:db8::1/64, a default route
 * of each family into the network, and the name server 192.0.2.53 (without
 * IPv4: 2001:db8::53).
 *
 *	no-ipv4, no-ipv6		no address and no route of the family
 *	no-default-route ipv4|ipv6	addresses of the family, but no route to
 *					more than their subnets
 *	address PREFIX [deprecated]	an address instead of the default one;
 *					the line may be repeated
 *	address PREFIX temporary	an IPv6 address, and a temporary one of
 *					the kernel's choice in its /64, which it
 *					prefers (RFC 8981)
 *	local ADDRESS...		addresses of the loopback device, for
 *					listeners of the command's own
 *	route unreachable|prohibit|blackhole PREFIX
 *	nameserver ADDRESS... [silent]	name servers instead of the default
 *	hostname NAME			the name that gethostname(2) returns
 *	hosts ADDRESS NAME...		a line of /etc/hosts
 *	resolv "LINE"			a line of /etc/resolv.conf
 *	gai "LINE"			a line of /etc/gai.conf
 *	nsswitch "LINE"			a line of /etc/nsswitch.conf; without
 *					one it has "hosts: files dns"
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "icmp_kind.h"
#include "ip.h"

#define STEPS_MAX     16
#define NAME_TEXT_MAX 256
#define RECORDS_MAX   2000

#define DEFAULT_ADDRESS4    "192.0.2.1/24"
#define DEFAULT_ADDRESS6    "2001:db8::1/64"
#define DEFAULT_ROUTER4     "192.0.2.254"
#define DEFAULT_ROUTER6     "2001:db8::fe"
#define DEFAULT_NAMESERVER4 "192.0.2.53"
#define DEFAULT_NAMESERVER6 "2001:db8::53"

enum host_answer { HOST_DROP, HOST_ACCEPT, HOST_REFUSE, HOST_ICMP };

enum step_kind {
	STEP_SAY,
	STEP_READ,
	STEP_CLOSE,
	STEP_RESET,
	STEP_ECHO,
	STEP_STAY_OPEN
};

struct step {
	enum step_kind kind;
	int64_t delay;
	char *text;    /* STEP_SAY */
	size_t length; /* of the text, or the bytes of STEP_READ */
};

struct behaviour {
	enum host_answer answer;
	unsigned drop_syns;
	unsigned drop_larger; /* bytes of data; 0: nothing is dropped */
	int64_t delay;
	const struct icmp_kind *icmp;
	struct ip router; /* family 0: the default of the kind */
	struct step steps[STEPS_MAX];
	unsigned step_count;
};

struct host_rule {
	struct ip_prefix target;
	uint16_t port; /* 0: any */
	int64_t from;  /* in the time of the scenario */
	const struct behaviour *behaviour;
};

enum name_outcome {
	NAME_ADDRESSES,
	NAME_NODATA,
	NAME_NXDOMAIN,
	NAME_SERVFAIL,
	NAME_REFUSED,
	NAME_SILENT,
	NAME_ALIAS
};

struct name_rule {
	char name[NAME_TEXT_MAX]; /* in lower case, no dot at the end */
	uint16_t type;            /* 0: any */
	int64_t from;
	enum name_outcome outcome;
	unsigned drop_queries;
	bool truncated;
	int64_t delay;
	struct ip *addresses;
	size_t address_count;
	char target[NAME_TEXT_MAX]; /* NAME_ALIAS */
};

struct machine_address {
	struct ip_prefix prefix;
	bool deprecated, temporary;
};

struct machine_route {
	struct ip_prefix prefix;
	int type; /* RTN_UNREACHABLE and its like */
};

struct name_server_address {
	struct ip ip;
	bool silent;
};

/* A text that grows by whole lines. */
struct text {
	char *bytes;
	size_t length;
};

struct scenario {
	int64_t now; /* nanoseconds since the command was started */
	struct behaviour **behaviours;
	size_t behaviour_count;
	struct host_rule *hosts;
	size_t host_count;
	struct name_rule *names;
	size_t name_count;
	struct machine_address *addresses;
	size_t address_count;
	struct machine_route *routes;
	size_t route_count;
	struct ip *locals;
	size_t local_count;
	struct name_server_address *nameservers;
	size_t nameserver_count;
	struct text hosts_lines, resolv_lines, gai_lines, nsswitch_lines;
	char hostname[NAME_TEXT_MAX]; /* "": that of the system */
	bool no_ipv4, no_ipv6;
	bool no_default_route4, no_default_route6;
};

/* Tells whether the machine has addresses and routes of this family. */
bool scenario_has_family(const struct scenario *scenario, int family);

/* Tells whether it has a default route of this family. */
bool scenario_has_default_route(const struct scenario *scenario, int family);

/*
 * Adds the sentences of `text` to the scenario.  On failure writes one line,
 * that begins with `source` and the line number, to `error` and returns
 * false.  scenario_init() comes first, scenario_release() last.
 */
void scenario_init(struct scenario *scenario);
bool scenario_parse(struct scenario *scenario, const char *text,
    const char *source, char *error, size_t size);
void scenario_release(struct scenario *scenario);

/* Adds what is needed and not given: addresses and name servers. */
void scenario_complete(struct scenario *scenario);

/* Returns how a host answers on a port; there is always an answer. */
const struct behaviour *scenario_host(
    const struct scenario *scenario, const struct ip *host, uint16_t port);

/* Returns the line for just this port of this host, or NULL. */
const struct behaviour *scenario_host_port(
    const struct scenario *scenario, const struct ip *host, uint16_t port);

/*
 * Returns the line for a name and a type, or NULL; `known` is set to whether
 * there is one for any type.
 */
struct name_rule *scenario_name(
    struct scenario *scenario, const char *name, uint16_t type, bool *known);

#endif
