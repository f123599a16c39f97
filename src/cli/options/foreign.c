/* SPDX-License-Identifier: ISC */
/*
 * The options of other netcats, a row each.
 */
#include <ctype.h>
#include <string.h>

#include "options/foreign.h"

#define LISTEN "hecat only connects; to listen use nc -l, ncat -l or socat"
#define ACCESS "hecat accepts no connections; use ncat -l"
#define PROXY  "write: hecat --proxy URL HOST PORT"
#define TLS    "here that is -c, --tls"
#define EXEC   "hecat starts no programs; use a pipe, or socat with EXEC"
#define ROUTE  "hecat has no source routing, and most networks drop it"
#define PACKET "hecat speaks TCP only"

/* clang-format off */
const struct foreign_option foreign_options[] = {
	{ 'b', NULL, "nc", "broadcasts are for UDP; use nc -u -b or socat" },
	{ 'D', NULL, "nc", "hecat does not set SO_DEBUG; -vv shows what happens" },
	{ 'e', "exec", "nc, ncat", EXEC },
	{ 'g', NULL, "nc, ncat", ROUTE },
	{ 'G', NULL, "nc, ncat", ROUTE },
	{ 'H', NULL, "nc", "hecat verifies certificates by their authority; use --ca-file with the one to trust" },
	{ 'k', "keep-open", "nc, ncat",
	    "hecat only connects; to keep listening use nc -l -k or socat" },
	{ 'K', NULL, "nc", "here that is --key" },
	{ 'l', "listen", "nc, ncat", LISTEN },
	{ 'm', "max-conns", "nc, ncat",
	    "hecat accepts no connections; use ncat -l -m (nc's -m is a minimum TTL: use nc -m)" },
	{ 'o', "output", "nc, ncat",
	    "hecat keeps no copy of the data; use tee(1)" },
	{ 'R', NULL, "nc", "here that is --ca-file" },
	{ 'S', NULL, "nc", "hecat has no TCP MD5 signatures; use nc -S" },
	{ 'u', "udp", "nc, ncat", PACKET "; for UDP use nc -u or socat (socat's -u is --send-only here)" },
	{ 'U', "unixsock", "nc, ncat", PACKET "; for Unix sockets use nc -U or socat (socat's -U is --recv-only here)" },
	{ 'W', NULL, "nc", "packets are for UDP; to end after N bytes use head -c N" },
	{ 'Z', NULL, "nc", PACKET "; for DCCP use nc -Z" },
	{ '\0', "allow", "ncat", ACCESS },
	{ '\0', "allowfile", "ncat", ACCESS },
	{ '\0', "append-output", "ncat", "hecat keeps no copy of the data; use tee -a" },
	{ '\0', "broker", "ncat", LISTEN },
	{ '\0', "chat", "ncat", LISTEN },
	{ '\0', "deny", "ncat", ACCESS },
	{ '\0', "denyfile", "ncat", ACCESS },
	{ '\0', "lua-exec", "ncat", EXEC },
	{ '\0', "nodns", "ncat", "here that is -n, --numeric" },
	{ '\0', "proxy-auth", "ncat", "here that is --proxy-auth-file, with a file" },
	{ '\0', "proxy-dns", "ncat",
	    "the scheme of --proxy has it: socks5h and socks4a are for the proxy's resolver, socks5 for ours" },
	{ '\0', "proxy-type", "ncat", "the scheme of --proxy has it" },
	{ '\0', "sctp", "ncat", PACKET "; for SCTP use ncat --sctp" },
	{ '\0', "sh-exec", "ncat", EXEC },
	{ '\0', "ssl", "ncat", TLS },
	{ '\0', "ssl-alpn", "ncat", "here that is --alpn" },
	{ '\0', "ssl-cert", "ncat", "here that is --cert" },
	{ '\0', "ssl-ciphers", "ncat", "hecat leaves the ciphers to OpenSSL; use openssl.cnf(5)" },
	{ '\0', "ssl-key", "ncat", "here that is --key" },
	{ '\0', "ssl-servername", "ncat", "here that is --server-name" },
	{ '\0', "ssl-trustfile", "ncat", "here that is --ca-file" },
	{ '\0', "ssl-verify", "ncat", "-c verifies unless --insecure is given" },
	{ '\0', "telnet", "ncat", "hecat does not answer telnet negotiation; use telnet(1)" },
	{ '\0', "vsock", "ncat", PACKET "; for vsock use ncat --vsock" },
	{ '\0', "wait", "ncat", "here that is -w, --timeout" },
};

const struct foreign_same foreign_sames[] = {
	{ '4', NULL, "nc, ncat, socat" },
	{ '6', NULL, "nc, ncat, socat" },
	{ 's', NULL, "nc" },
	{ 's', "source", "ncat" },
	{ 'p', NULL, "nc" },
	{ 'p', "source-port", "ncat" },
	{ 'n', NULL, "nc, ncat" },
	{ 'w', NULL, "ncat" },
	{ 'T', NULL, "nc" },
	{ 'M', NULL, "nc" },
	{ 'O', NULL, "nc" },
	{ 'I', NULL, "nc" },
	{ 'z', NULL, "nc, ncat" },
	{ 'x', NULL, "nc" },
	{ 'X', NULL, "nc" },
	{ 'P', NULL, "nc" },
	{ 'F', NULL, "nc" },
	{ 'q', NULL, "nc" },
	{ 'N', NULL, "nc" },
	{ '\0', "no-shutdown", "ncat" },
	{ 'i', "idle-timeout", "ncat" },
	{ '\0', "recv-only", "ncat" },
	{ 'C', NULL, "nc" },
	{ 'C', "crlf", "ncat" },
	{ 'c', NULL, "nc" },
	{ 'v', NULL, "nc" },
	{ 'v', "verbose", "ncat" },
	{ 'h', NULL, "nc, socat" },
	{ 'h', "help", "ncat" },
	{ 'V', NULL, "socat" },
	{ '\0', "version", "ncat" },
	{ '\0', "hex-dump", "ncat" },
};

const struct foreign_meaning foreign_meanings[] = {
	{ 'c', NULL, "ncat", "run a command", "a pipe, or socat with EXEC here" },
	{ 'd', NULL, "nc", "do not read stdin", "--recv-only here" },
	{ 'd', "delay", "ncat", "a pause between reads and writes", "not in hecat" },
	{ 'i', NULL, "nc", "a pause between lines", "not in hecat" },
	{ 'r', NULL, "nc", "ports in random order", "not in hecat" },
	{ 't', NULL, "nc, ncat", "answer telnet negotiation", "not in hecat; use telnet(1)" },
	{ 'V', NULL, "nc", "a routing table", "not in hecat" },
	{ 'w', NULL, "nc", "also a time without data", "-i here" },
	{ 'd', NULL, "socat", "more messages", "-v here" },
	{ 's', NULL, "socat", "go on after an error", "not in hecat" },
	{ 't', NULL, "socat", "a time to wait after the end of one side", "-q here" },
	{ 'T', NULL, "socat", "a time without data", "-i here" },
	{ 'v', NULL, "socat", "a dump of what passes", "--hex-dump here" },
	{ 'x', NULL, "ncat", "a hex dump", "--hex-dump=FILE here" },
	{ '\0', "proxy", "ncat", "a host, for HTTP", "--proxy http://HOST here" },
	{ '\0', "send-only", "ncat", "quit at the end of stdin", "--send-only -q 0 here" },
};

const struct foreign_address foreign_addresses[] = {
	{ "TCP", NULL },
	{ "TCP-CONNECT", NULL },
	{ "EXEC", EXEC },
	{ "OPENSSL", "write: hecat -c HOST PORT" },
	{ "OPENSSL-CONNECT", "write: hecat -c HOST PORT" },
	{ "PROXY", PROXY },
	{ "SCTP", PACKET "; for SCTP use socat" },
	{ "SCTP-CONNECT", PACKET "; for SCTP use socat" },
	{ "SOCKS4", PROXY },
	{ "SOCKS4A", PROXY },
	{ "SOCKS5", PROXY },
	{ "SSL", "write: hecat -c HOST PORT" },
	{ "SYSTEM", EXEC },
	{ "TCP-L", LISTEN },
	{ "TCP-LISTEN", LISTEN },
	{ "UDP", PACKET "; for UDP use socat" },
	{ "UDP-CONNECT", PACKET "; for UDP use socat" },
	{ "UNIX", PACKET "; for Unix sockets use socat" },
	{ "UNIX-CONNECT", PACKET "; for Unix sockets use socat" },
};

const struct foreign_setting foreign_settings[] = {
	{ "bind", "-s" },
	{ "cloexec", "always on" },
	{ "congestion", "left to the system" },
	{ "connect-timeout", "--attempt-timeout or -w" },
	{ "cork", "done by itself" },
	{ "cr", "not in hecat; use tr(1)" },
	{ "crlf", "-C" },
	{ "crnl", "-C" },
	{ "defer-accept", "for those that listen" },
	{ "forever", "--retry forever" },
	{ "if", "--interface" },
	{ "ignoreeof", "tail -f in front of it" },
	{ "interface", "--interface" },
	{ "interval", "--retry-delay" },
	{ "keepalive", "--keepalive" },
	{ "keepcnt", "left to the system" },
	{ "keepidle", "--keepalive=SECONDS" },
	{ "keepintvl", "left to the system" },
	{ "linger", "left to the system" },
	{ "linger2", "left to the system" },
	{ "lowport", "-p" },
	{ "mss", "--mss" },
	{ "mtudiscover", "left to the system" },
	{ "nodelay", "on, without --no-nodelay" },
	{ "nonblock", "always on" },
	{ "null-eof", "not in hecat" },
	{ "pf", "-4 or -6" },
	{ "priority", "left to the system" },
	{ "quickack", "left to the system" },
	{ "rcvbuf", "-I" },
	{ "readbytes", "head -c N behind it" },
	{ "retry", "--retry" },
	{ "reuseaddr", "on with -p" },
	{ "shut-down", "-N" },
	{ "shut-none", "--no-shutdown" },
	{ "sndbuf", "-O" },
	{ "so-bindtodevice", "--interface" },
	{ "so-keepalive", "--keepalive" },
	{ "so-linger", "left to the system" },
	{ "so-priority", "left to the system" },
	{ "so-rcvbuf", "-I" },
	{ "so-reuseaddr", "on with -p" },
	{ "so-sndbuf", "-O" },
	{ "sourceport", "-p" },
	{ "sp", "-p" },
	{ "su", "not in hecat; use setpriv(1)" },
	{ "syncnt", "left to the system" },
	{ "tcp-keepcnt", "left to the system" },
	{ "tcp-keepidle", "--keepalive=SECONDS" },
	{ "tcp-keepintvl", "left to the system" },
	{ "tcp-maxseg", "--mss" },
	{ "tcp-md5sig", "not in hecat" },
	{ "tcp-nodelay", "on, without --no-nodelay" },
	{ "tos", "-T" },
	{ "ttl", "-M" },
	{ "user-timeout", "left to the system" },
	{ "window-clamp", "left to the system" },
};
/* clang-format on */

const size_t foreign_address_count = sizeof(foreign_addresses) /
    sizeof(foreign_addresses[0]);
const size_t foreign_setting_count = sizeof(foreign_settings) /
    sizeof(foreign_settings[0]);
const size_t foreign_option_count = sizeof(foreign_options) /
    sizeof(foreign_options[0]);
const size_t foreign_same_count = sizeof(foreign_sames) /
    sizeof(foreign_sames[0]);
const size_t foreign_meaning_count = sizeof(foreign_meanings) /
    sizeof(foreign_meanings[0]);

const struct foreign_option *
foreign_find_letter(int letter)
{
	for (size_t i = 0; i < foreign_option_count; i++)
		if (letter != '\0' && foreign_options[i].letter == letter)
			return (&foreign_options[i]);
	return (NULL);
}

const struct foreign_option *
foreign_find_name(const char *name, size_t length)
{
	for (size_t i = 0; i < foreign_option_count; i++) {
		const char *row = foreign_options[i].name;

		if (row != NULL && strlen(row) == length &&
		    strncmp(row, name, length) == 0)
			return (&foreign_options[i]);
	}
	return (NULL);
}

const struct foreign_meaning *
foreign_find_meaning(int letter)
{
	for (size_t i = 0; i < foreign_meaning_count; i++)
		if (letter != '\0' && foreign_meanings[i].letter == letter)
			return (&foreign_meanings[i]);
	return (NULL);
}

/* Returns whether `typed`, of `length` bytes, is `name`, or "TCP4" for "TCP".
 */
static bool
is_address_name(const char *typed, size_t length, const char *name)
{
	size_t i = 0;

	for (; *name != '\0'; name++, i++) {
		if (*name == '-' && i < length &&
		    (typed[i] == '4' || typed[i] == '6'))
			i++;
		if (i == length || toupper((unsigned char)typed[i]) != *name)
			return (false);
	}
	return (i == length ||
	    (i + 1 == length && (typed[i] == '4' || typed[i] == '6')));
}

const struct foreign_address *
foreign_find_address(const char *typed, size_t length)
{
	for (size_t i = 0; i < foreign_address_count; i++)
		if (is_address_name(typed, length, foreign_addresses[i].name))
			return (&foreign_addresses[i]);
	return (NULL);
}

const struct foreign_setting *
foreign_find_setting(const char *name, size_t length)
{
	for (size_t i = 0; i < foreign_setting_count; i++)
		if (strlen(foreign_settings[i].name) == length &&
		    strncmp(foreign_settings[i].name, name, length) == 0)
			return (&foreign_settings[i]);
	return (NULL);
}
