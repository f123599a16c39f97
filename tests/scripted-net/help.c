/* SPDX-License-Identifier: ISC */
/*
 * The text of --help: the usage, and scenario.h in short.
 */
#include "help.h"
#include "icmp_kind.h"
#include "scenario.h"

static const char options[] =
    "Runs COMMAND on a network where every host behaves as scripted.\n"
    "\n"
    "  -e SCENARIO   sentences, parted by newlines or ';'; may be repeated\n"
    "  -s FILE       a file of them; '-' is standard input\n"
    "  -l LOG        write what the network sees to this file; '-' is stderr\n"
    "  -d tun|veth   insist on this kind of device\n"
    "\n"
    "Exit status: that of COMMAND, 128+n if signal n ended it; 2: usage or\n"
    "scenario; 70: the kernel refused an address or a route; 77: the system\n"
    "does not permit namespaces or devices.\n"
    "\n";

static const char language[] =
    "Hosts (what is not listed is a black hole; D is 0, 250us, 30ms, 1.5s):\n"
    "  host TARGET... [port N] [drop-syns N] [drop-larger N] accept [D] "
    "STEP...\n"
    "  host TARGET... [port N] [drop-syns N] refuse [D]\n"
    "  host TARGET... [port N] [drop-syns N] icmp KIND [from ROUTER] [D]\n"
    "  host TARGET... [port N] drop\n"
    "  host TARGET... [port N] from D ...: only when D has passed\n"
    "TARGET: an address, a prefix, ADDR4:PORT or [ADDR6]:PORT\n"
    "STEP: say \"TEXT\" [D] | read N [D] | close [D] | reset [D] | echo |\n"
    "  stay-open; each D counts from the step before it\n"
    "\n"
    "Names (what is not listed is NXDOMAIN):\n"
    "  name NAME TYPE [drop-queries N] [truncated] ADDRESS... [D]\n"
    "  name NAME TYPE [drop-queries N] [truncated] N records from ADDRESS "
    "[D]\n"
    "  name NAME [TYPE] [drop-queries N] nodata|nxdomain|servfail|refused "
    "[D]\n"
    "  name NAME [TYPE] silent\n"
    "  name NAME cname NAME [D]\n"
    "  name NAME [TYPE] from D ...\n"
    "\n"
    "The machine (" DEFAULT_ADDRESS4 ", " DEFAULT_ADDRESS6
    ", name server " DEFAULT_NAMESERVER4 "):\n"
    "  no-ipv4 | no-ipv6\n"
    "  no-default-route ipv4|ipv6\n"
    "  address PREFIX [deprecated|temporary]\n"
    "  local ADDRESS...\n"
    "  route unreachable|prohibit|blackhole PREFIX\n"
    "  nameserver ADDRESS... [silent]\n"
    "  hostname NAME\n"
    "  hosts ADDRESS NAME...\n"
    "  resolv \"LINE\"\n"
    "  gai \"LINE\"\n"
    "  nsswitch \"LINE\"\n"
    "\n";

/* Prints the names of the ICMP errors, and in which family each exists. */
static void
print_kinds(FILE *file)
{
	const struct icmp_kind *kind;
	const char *name;
	unsigned i;

	fputs("KIND of ICMP error:\n", file);
	for (i = 0; (name = icmp_kind_name(i)) != NULL; i++) {
		kind = icmp_kind_find(name);
		fprintf(file, "  %-22s%s\n", name,
		    kind->type4 == ICMP_KIND_NONE       ? "IPv6"
			: kind->type6 == ICMP_KIND_NONE ? "IPv4"
							: "IPv4 and IPv6");
	}
}

void
help_print(FILE *file)
{
	fputs(HELP_USAGE, file);
	fputs(options, file);
	fputs(language, file);
	print_kinds(file);
}
