/* SPDX-License-Identifier: ISC */
/*
 * The scenarios: each way to connect, each pair of engines and streams, each
 * report.
 */
#include "scenario.h"

#define SMALL ((size_t)1000)
#define LARGE ((size_t)1024 * 1024)

#define LOOPBACK   "127.0.0.1"
#define REFUSING   "198.51.100.1"
#define BLACK_HOLE "198.51.100.2"
#define PROXY      "198.51.100.3"

const char scenario_network[] =
    "hosts " LOOPBACK " hosts.test\n"
    "name dns.test A " LOOPBACK "\n"
    "name dns.test AAAA nodata\n"
    "host " REFUSING " refuse\n"
    "host " PROXY " port 1080 accept"
    " read 3 say \"\\x05\\0\" read 19 say"
    " \"\\x05\\0\\0\\x01\\0\\0\\0\\0\\0\\0\" close\n";

/* A connection to LOOPBACK over which some bytes go each way. */
#define SMALL_RELAY                                                  \
	.streams = TYPE_PIPE, .peer = PEER_LISTENS, .upload = SMALL, \
	.download = SMALL

#define LARGE_RELAY(type)                                         \
	.streams = (type), .peer = PEER_LISTENS, .upload = LARGE, \
	.download = LARGE

const struct scenario scenarios[] = {
	{ .name = "literal",
	    SMALL_RELAY,
	    .arguments = { LOOPBACK, SCENARIO_PORT } },
	{ .name = "hosts",
	    SMALL_RELAY,
	    .arguments = { "hosts.test", SCENARIO_PORT } },
	{ .name = "dns",
	    SMALL_RELAY,
	    .arguments = { "dns.test", SCENARIO_PORT } },
	{ .name = "race",
	    SMALL_RELAY,
	    .arguments = { "-v", "--address", REFUSING "," LOOPBACK,
		"race.test", SCENARIO_PORT } },
	{ .name = "refused",
	    .streams = TYPE_NULL,
	    .peer = PEER_REFUSES,
	    .status = 1,
	    .arguments = { LOOPBACK, SCENARIO_PORT } },
	{ .name = "unknown-name",
	    .streams = TYPE_NULL,
	    .peer = PEER_NONE,
	    .status = 3,
	    .arguments = { "unknown.test.", "80" } },
	{ .name = "black-hole",
	    .streams = TYPE_PIPE,
	    .peer = PEER_NONE,
	    .status = 4,
	    .arguments = { "-w", "50ms", BLACK_HOLE, "80" } },
	{ .name = "sockets",
	    SMALL_RELAY,
	    .arguments = { "-T", "ef", "-M", "9", "-O", "9000", "--keepalive=9",
		"--no-nodelay", LOOPBACK, SCENARIO_PORT } },
	{ .name = "proxy",
	    .streams = TYPE_NULL,
	    .peer = PEER_NONE,
	    .arguments = { "--proxy", "socks5h://" PROXY, "host.test", "80" } },
	{ .name = "file",
	    LARGE_RELAY(TYPE_FILE),
	    .arguments = { LOOPBACK, SCENARIO_PORT } },
	{ .name = "file-lent",
	    LARGE_RELAY(TYPE_FILE),
	    .arguments = { "--zero-copy", LOOPBACK, SCENARIO_PORT } },
	{ .name = "pipe",
	    LARGE_RELAY(TYPE_PIPE),
	    .arguments = { LOOPBACK, SCENARIO_PORT } },
	{ .name = "socket",
	    LARGE_RELAY(TYPE_SOCKET),
	    .arguments = { LOOPBACK, SCENARIO_PORT } },
	{ .name = "file-copy",
	    LARGE_RELAY(TYPE_FILE),
	    .arguments = { "--no-splice", LOOPBACK, SCENARIO_PORT } },
	{ .name = "pipe-copy",
	    LARGE_RELAY(TYPE_PIPE),
	    .arguments = { "--no-splice", LOOPBACK, SCENARIO_PORT } },
	{ .name = "socket-copy",
	    LARGE_RELAY(TYPE_SOCKET),
	    .arguments = { "--no-splice", LOOPBACK, SCENARIO_PORT } },
	{ .name = "send-only",
	    SMALL_RELAY,
	    .arguments = { "--send-only", LOOPBACK, SCENARIO_PORT } },
	{ .name = "crlf",
	    SMALL_RELAY,
	    .arguments = { "-C", LOOPBACK, SCENARIO_PORT } },
	{ .name = "verbose",
	    SMALL_RELAY,
	    .report = REPORT_STDERR_TEXT,
	    .arguments = { "-v", LOOPBACK, SCENARIO_PORT } },
	{ .name = "decisions",
	    SMALL_RELAY,
	    .report = REPORT_STDERR_TEXT,
	    .arguments = { "-vv", LOOPBACK, SCENARIO_PORT } },
	{ .name = "timings",
	    SMALL_RELAY,
	    .report = REPORT_STDERR_TEXT,
	    .arguments = { "-t", LOOPBACK, SCENARIO_PORT } },
	{ .name = "chart",
	    SMALL_RELAY,
	    .report = REPORT_STDERR_TEXT,
	    .arguments = { "--chart", LOOPBACK, SCENARIO_PORT } },
	{ .name = "json",
	    SMALL_RELAY,
	    .report = REPORT_STDERR_JSON,
	    .arguments = { "--json", LOOPBACK, SCENARIO_PORT } },
	{ .name = "json-file",
	    SMALL_RELAY,
	    .report = REPORT_FILE_JSON,
	    .arguments = { "--json=" SCENARIO_JSON, "hosts.test",
		SCENARIO_PORT } },
	{ .name = "report-fd",
	    SMALL_RELAY,
	    .report = REPORT_FD_JSON,
	    .arguments = { "--json", "--report-fd", SCENARIO_REPORT_FD,
		LOOPBACK, SCENARIO_PORT } },
	{ .name = "progress",
	    SMALL_RELAY,
	    .arguments = { "--progress", "--progress", LOOPBACK,
		SCENARIO_PORT } },
	{ .name = "zero",
	    .streams = TYPE_NULL,
	    .peer = PEER_LISTENS,
	    .arguments = { "-z", LOOPBACK, SCENARIO_PORT } },
	{ .name = "zero-json",
	    .streams = TYPE_PIPE,
	    .peer = PEER_LISTENS,
	    .report = REPORT_STDOUT_JSON,
	    .arguments = { "-z", "--json", "--address", REFUSING "," LOOPBACK,
		"zero.test", SCENARIO_PORT } },
	{ .name = "probe",
	    .streams = TYPE_PIPE,
	    .peer = PEER_LISTENS,
	    .report = REPORT_STDOUT_TEXT,
	    .status = 11,
	    .arguments = { "--probe=1", "--address", REFUSING "," LOOPBACK,
		"probe.test", SCENARIO_PORT } },
	{ .name = "probe-json",
	    .streams = TYPE_PIPE,
	    .peer = PEER_LISTENS,
	    .report = REPORT_STDOUT_JSON,
	    .arguments = { "--probe=1", "--json", "hosts.test",
		SCENARIO_PORT } },
};

const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
