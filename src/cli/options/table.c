/* SPDX-License-Identifier: ISC */
/*
 * The options: spelling, kind, default, bounds and help, one row each.
 */
#include "duration.h"
#include "options/parse.h"

#define FIELD(name)                               \
	.offset = offsetof(struct options, name), \
	.size = sizeof(((struct options *)NULL)->name)

/* How it is typed, its argument, its help. */
#define OPTION(typed, full, takes, text) \
	.letter = (typed), .name = (full), .argument = (takes), .help = (text)

#define SET(field, to)      .kind = KIND_SET, FIELD(field), .value = (to)
#define COUNTED(field)      .kind = KIND_COUNTED, FIELD(field)
#define ANSWER(result)      .kind = KIND_ANSWER, .value = (result)
#define CUSTOM(setter)      .kind = KIND_CUSTOM, .set = (setter)
#define BOUNDS(from, to)    .lower = (from), .upper = (to)
#define NUMBER(field)       .kind = KIND_NUMBER, .unit = 1, FIELD(field)
#define MILLISECONDS(field) .kind = KIND_DURATION, .unit = MS, FIELD(field)
#define SECONDS(field)      .kind = KIND_DURATION, .unit = S, FIELD(field)
#define PATH(field)         .kind = KIND_FILE, FIELD(field)
#define CHOICE(field, choice) \
	.kind = KIND_CHOICE, .words = (choice), FIELD(field)

#define MS   DURATION_MILLISECOND
#define S    DURATION_SECOND
#define HOUR DURATION_HOUR
#define YEAR DURATION_YEAR

static const struct option_word delays[] = {
	{ "none", OPTIONS_FOREVER },
	{ "inf", OPTIONS_FOREVER },
	{ NULL, 0 },
};

static const struct option_word orders[] = {
	{ "sorted", HECAT_ORDER_SORTED },
	{ "interleaved", HECAT_ORDER_INTERLEAVED },
	{ "resolver", HECAT_ORDER_RESOLVER },
	{ NULL, 0 },
};

static const struct option_word families[] = {
	{ "4", AF_INET },
	{ "6", AF_INET6 },
	{ NULL, 0 },
};

static const struct option_word colors[] = {
	{ "auto", OPTIONS_COLOR_AUTO },
	{ "always", OPTIONS_COLOR_ALWAYS },
	{ "never", OPTIONS_COLOR_NEVER },
	{ NULL, 0 },
};

static const struct option_word tls_versions[] = {
	{ "1.2", 12 },
	{ "1.3", 13 },
	{ NULL, 0 },
};

static const struct option_word retries[] = {
	{ "forever", OPTIONS_FOREVER },
	{ NULL, 0 },
};

static const struct option_word proxy_protocols[] = {
	{ "4", OPTIONS_PROXY_SOCKS4 },
	{ "5", OPTIONS_PROXY_SOCKS5H },
	{ "connect", OPTIONS_PROXY_HTTP },
	{ NULL, 0 },
};

static const struct option_word quits[] = {
	{ "-1", OPTIONS_FOREVER },
	{ NULL, 0 },
};

/* The kernel doubles it, in an int. */
#define BUFFER_MAX 1073741823

/*
 * The bounds. RFC 8305 section 5 forbids a Connection Attempt Delay below 10 ms
 * and recommends 2 s as the maximum. The latter is for delays that a program
 * computes; a user may set up to an hour, which no handshake takes: a longer
 * delay would be the same as `none`. A time limit is at most a year, to catch a
 * wrong digit, and at least a millisecond, the resolution of the event loop.
 * 65535 addresses are more than a DNS message holds. Those of --mss and
 * --keepalive are Linux's.
 */
const struct option_spec
    option_table[OPTION_TABLE_SIZE] = {
	    /* clang-format off */
	[OPTION_IPV4] = { OPTION('4', "ipv4", NULL, "use IPv4 only"),
	    .heading = "Happy Eyeballs", SET(family, AF_INET) },

	[OPTION_IPV6] = { OPTION('6', "ipv6", NULL, "use IPv6 only"),
	    SET(family, AF_INET6) },

	[OPTION_DELAY] = { OPTION('d', "delay", "{MS,none}",
	    "wait before the next attempt"),
	    MILLISECONDS(connection_attempt_delay), .initial = 250 * MS,
	    BOUNDS(10 * MS, HOUR), .zero = true, .words = delays },

	[OPTION_RESOLUTION_DELAY] = { OPTION('r', "resolution-delay", "MS",
	    "wait for a family that could lead"),
	    MILLISECONDS(resolution_delay), .initial = 50 * MS,
	    BOUNDS(0, HOUR) },

	[OPTION_FIRST_FAMILY_COUNT] = { OPTION('f', "first-family-count", "N",
	    "addresses of one family to begin with"),
	    NUMBER(first_address_family_count), .initial = 1,
	    BOUNDS(1, 65535),
	    .zero_advice = "to try addresses as answered, use --order resolver" },

	[OPTION_ORDER] = { OPTION('\0', "order", "{sorted,interleaved,resolver}",
	    "by RFC 6724, or as answered"),
	    CHOICE(order, orders), .initial = HECAT_ORDER_SORTED },

	[OPTION_PREFER] = { OPTION('\0', "prefer", "{4,6}",
	    "begin with this family"), CHOICE(preferred_family, families) },

	[OPTION_SUCCESS] = { OPTION('\0', "success", "{tcp,tls,open:MS,data}",
	    "what makes an attempt win (tcp, or tls with -c)"),
	    CUSTOM(option_set_success), BOUNDS(MS, HOUR) },

	[OPTION_SOURCE] = { OPTION('s', "source", "ADDR",
	    "connect from this address (repeatable)"),
	    .heading = "Addresses", CUSTOM(option_set_source) },

	[OPTION_SOURCE_PORT] = { OPTION('p', "source-port", "PORT",
	    "connect from this port"), NUMBER(source_port), BOUNDS(1, 65535) },

	[OPTION_INTERFACE] = { OPTION('\0', "interface", "NAME",
	    "connect through this interface"),
	    CUSTOM(option_set_interface), FIELD(interface) },

	[OPTION_NUMERIC] = { OPTION('n', "numeric", NULL,
	    "the host is an address, look up no name"),
	    SET(numeric, true) },

	[OPTION_ADDRESS] = { OPTION('\0', "address", "ADDR[,ADDR]...",
	    "connect to these instead (repeatable)"),
	    CUSTOM(option_set_addresses) },

	[OPTION_RESOLVE] = { OPTION('\0', "resolve", "HOST:PORT:ADDR[,ADDR]...",
	    "use these for HOST and PORT (repeatable)"),
	    CUSTOM(option_set_resolve) },

	[OPTION_EXCLUDE] = { OPTION('\0', "exclude", "ADDR[/LENGTH]",
	    "leave out this address or prefix (repeatable)"),
	    CUSTOM(option_set_exclude) },

	[OPTION_DNS] = { OPTION('\0', "dns", "SERVER[:PORT]",
	    "ask this name server instead (repeatable)"),
	    CUSTOM(option_set_dns) },

	[OPTION_TIMEOUT] = { OPTION('w', "timeout", "SECONDS",
	    "give up if not connected by then"),
	    .heading = "Time limits", SECONDS(timeout),
	    .initial = OPTIONS_FOREVER, BOUNDS(MS, YEAR) },

	[OPTION_ATTEMPT_TIMEOUT] = { OPTION('\0', "attempt-timeout", "SECONDS",
	    "give up each single attempt after this long"),
	    SECONDS(attempt_timeout), .initial = OPTIONS_FOREVER,
	    BOUNDS(MS, YEAR) },

	[OPTION_RETRY] = { OPTION('\0', "retry", "{N,forever}",
	    "after a failure try up to N more times"),
	    NUMBER(retries), BOUNDS(0, 1000000), .words = retries },

	[OPTION_RETRY_DELAY] = { OPTION('\0', "retry-delay", "SECONDS",
	    "wait before that, longer each time"),
	    SECONDS(retry_delay), .initial = S, BOUNDS(MS, YEAR / 5) },

	[OPTION_TOS] = { OPTION('T', "tos", "TOS",
	    "type of service or DSCP: a name or 0 to 255"),
	    .heading = "Sockets", CUSTOM(option_set_tos), FIELD(tos),
	    .initial = -1, BOUNDS(0, 255) },

	[OPTION_TTL] = { OPTION('M', "ttl", "N",
	    "time to live, the hop limit"), NUMBER(ttl), BOUNDS(1, 255) },

	[OPTION_SEND_BUFFER] = { OPTION('O', "send-buffer", "BYTES",
	    "size of the send buffer"),
	    NUMBER(send_buffer), BOUNDS(1, BUFFER_MAX) },

	[OPTION_RECEIVE_BUFFER] = { OPTION('I', "receive-buffer", "BYTES",
	    "size of the receive buffer"),
	    NUMBER(receive_buffer), BOUNDS(1, BUFFER_MAX) },

	[OPTION_MSS] = { OPTION('\0', "mss", "BYTES",
	    "largest segment, the MSS"), NUMBER(mss), BOUNDS(88, 32767) },

	[OPTION_KEEPALIVE] = { OPTION('\0', "keepalive", "[=SECONDS]",
	    "probe the peer when it is silent"),
	    SECONDS(keepalive), .initial = OPTIONS_NO_KEEPALIVE,
	    .value = 0, BOUNDS(S, 32767 * S) },

	[OPTION_NO_NODELAY] = { OPTION('\0', "no-nodelay", NULL,
	    "hold small segments back (Nagle)"), SET(no_nodelay, true) },

	[OPTION_MPTCP] = { OPTION('\0', "mptcp", NULL,
	    "use Multipath TCP"), SET(mptcp, true) },

	[OPTION_ZERO] = { OPTION('z', "zero", NULL, "connect and exit, transfer nothing"),
	    .heading = "Data", SET(zero_io, true) },

	[OPTION_FD] = { OPTION('\0', "fd", "N",
	    "relay over this descriptor, a connected socket"),
	    NUMBER(fd), .initial = -1, BOUNDS(3, 65535) },

	[OPTION_PASS_FD] = { OPTION('F', "pass-fd", NULL,
	    "hand the connection to the parent, over stdout"),
	    SET(pass_fd, true) },

	[OPTION_QUIT_AFTER] = { OPTION('q', "quit-after", "SECONDS",
	    "exit this long after input ends"),
	    SECONDS(quit_after), .initial = OPTIONS_FOREVER,
	    BOUNDS(0, YEAR), .words = quits },

	[OPTION_SHUTDOWN] = { OPTION('N', "shutdown", "[=SECONDS]",
	    "shut down the write side at the end of input"),
	    SECONDS(shutdown_after), .initial = OPTIONS_SHUTDOWN_DEFAULT,
	    .value = 0, BOUNDS(0, YEAR) },

	[OPTION_NO_SHUTDOWN] = { OPTION('\0', "no-shutdown", NULL,
	    "keep the write side open when input ends"),
	    SET(no_shutdown, true) },

	[OPTION_IDLE_TIMEOUT] = { OPTION('i', "idle-timeout", "SECONDS",
	    "exit when nothing has moved for this long"),
	    SECONDS(idle_timeout), .initial = OPTIONS_FOREVER,
	    BOUNDS(MS, YEAR) },

	[OPTION_SEND_ONLY] = { OPTION('\0', "send-only", NULL,
	    "discard what the peer sends"),
	    SET(send_only, true) },

	[OPTION_RECV_ONLY] = { OPTION('\0', "recv-only", NULL,
	    "do not read standard input"),
	    SET(recv_only, true) },

	[OPTION_EXIT_ON_PEER_EOF] = { OPTION('\0', "exit-on-peer-eof", NULL,
	    "exit when the peer ends, whatever is left"),
	    SET(exit_on_peer_eof, true) },

	[OPTION_CRLF] = { OPTION('C', "crlf", NULL,
	    "send CRLF for LF"),
	    SET(crlf, true) },

	[OPTION_PROGRESS] = { OPTION('\0', "progress", NULL,
	    "show progress (twice: even off a terminal)"),
	    COUNTED(progress) },

	[OPTION_HEX_DUMP] = { OPTION('\0', "hex-dump", "[=FILE]",
	    "write what passes as text, to standard error"),
	    CUSTOM(option_set_hex_dump), FIELD(hex_dump), .value = true },

	[OPTION_ZERO_COPY] = { OPTION('\0', "zero-copy", NULL,
	    "send the pages of a file, not copies"),
	    SET(zero_copy, true) },

	[OPTION_NO_SPLICE] = { OPTION('\0', "no-splice", NULL,
	    "copy data in the portable way"),
	    SET(no_splice, true) },

	[OPTION_NO_SANDBOX] = { OPTION('\0', "no-sandbox", NULL,
	    "keep all rights while relaying"),
	    SET(no_sandbox, true) },

	[OPTION_TLS] = { OPTION('c', "tls", NULL,
	    "speak TLS, and verify the peer"),
	    .heading = "TLS", SET(tls, true) },

	[OPTION_SERVER_NAME] = { OPTION('\0', "server-name", "NAME",
	    "send and verify this name, '' none"),
	    CUSTOM(option_set_server_name), FIELD(server_name) },

	[OPTION_INSECURE] = { OPTION('\0', "insecure", NULL,
	    "verify nothing"), SET(insecure, true) },

	[OPTION_CA_FILE] = { OPTION('\0', "ca-file", "FILE",
	    "trust the authorities in this file"), PATH(ca_file) },

	[OPTION_CA_PATH] = { OPTION('\0', "ca-path", "FOLDER",
	    "trust the authorities in this folder"), PATH(ca_path) },

	[OPTION_CERT] = { OPTION('\0', "cert", "FILE",
	    "show this certificate to the peer"), PATH(cert) },

	[OPTION_KEY] = { OPTION('\0', "key", "FILE",
	    "its private key, if not in that file"), PATH(key) },

	[OPTION_ALPN] = { OPTION('\0', "alpn", "NAME[,NAME]...",
	    "protocols to offer by ALPN"),
	    CUSTOM(option_set_alpn), FIELD(alpn) },

	[OPTION_TLS_MIN] = { OPTION('\0', "tls-min", "{1.2,1.3}",
	    "the oldest version of TLS"),
	    CHOICE(tls_min, tls_versions), .initial = 12 },

	[OPTION_TLS_HANDSHAKE_TIMEOUT] = { OPTION('\0',
	    "tls-handshake-timeout", "SECONDS",
	    "give up a handshake after this long"),
	    SECONDS(tls_handshake_timeout), .initial = 60 * S,
	    BOUNDS(MS, YEAR) },

	[OPTION_TLS_SHUTDOWN_TIMEOUT] = { OPTION('\0',
	    "tls-shutdown-timeout", "SECONDS",
	    "how long to wait for its close_notify"),
	    SECONDS(tls_shutdown_timeout), .initial = 30 * S,
	    BOUNDS(MS, YEAR) },

	[OPTION_NO_TLS_PADDING] = { OPTION('\0', "no-tls-padding", NULL,
	    "do not pad the ClientHello"), SET(no_tls_padding, true) },

	[OPTION_PROXY] = { OPTION('\0', "proxy", "{URL,env}",
	    "connect through this proxy"),
	    .heading = "Proxies", CUSTOM(option_set_proxy) },

	[OPTION_PROXY_AUTH_FILE] = { OPTION('\0', "proxy-auth-file", "FILE",
	    "its user:password, in the first line"), PATH(proxy_auth_file) },

	[OPTION_PROXY_ADDRESS] = { OPTION('x', "proxy-address", "ADDR[:PORT]",
	    "connect through the proxy at ADDR"),
	    CUSTOM(option_set_proxy_address) },

	[OPTION_PROXY_PROTOCOL] = { OPTION('X', "proxy-protocol",
	    "{4,5,connect}", "what it speaks"),
	    CHOICE(proxy.scheme, proxy_protocols) },

	[OPTION_PROXY_USER] = { OPTION('P', "proxy-user", "USER",
	    "its user; the terminal is asked for the password"),
	    CUSTOM(option_set_proxy_user) },

	[OPTION_PROBE] = { OPTION('\0', "probe", "[=COUNT]",
	    "connect to each address by itself, and judge"),
	    .heading = "Reports", NUMBER(probe), .value = 3,
	    BOUNDS(1, 1000) },

	[OPTION_TIMINGS] = { OPTION('t', "timings", NULL,
	    "report every lookup and attempt, with times"),
	    SET(timings, true) },

	[OPTION_CHART] = { OPTION('\0', "chart", NULL,
	    "draw them on one time axis"),
	    SET(chart, true) },

	[OPTION_JSON] = { OPTION('\0', "json", "[=FILE]",
	    "report them as one JSON object"),
	    CUSTOM(option_set_json), FIELD(json), .value = true },

	[OPTION_REPORT_FD] = { OPTION('\0', "report-fd", "N",
	    "write reports to this descriptor"),
	    NUMBER(report_fd), .initial = -1, BOUNDS(0, 65535) },

	[OPTION_COLOR] = { OPTION('\0', "color", "{auto,always,never}",
	    "colour of the chart"),
	    CHOICE(color, colors), .initial = OPTIONS_COLOR_AUTO },

	[OPTION_VERBOSE] = { OPTION('v', "verbose", NULL,
	    "say what happens; -vv: every decision"),
	    .heading = "Information", COUNTED(verbose) },

	[OPTION_HELP] = { OPTION('h', "help", NULL, "show this text and exit"),
	    ANSWER(OPTIONS_HELP) },

	[OPTION_VERSION] = { OPTION('V', "version", NULL, "show the version and exit"),
	    ANSWER(OPTIONS_VERSION) },
	    /* clang-format on */
    };
