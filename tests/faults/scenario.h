/* SPDX-License-Identifier: ISC */
/*
 * scenario.h: what the program under test is asked to do while a call fails,
 * and what becomes of it when none does.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stddef.h>

#define SCENARIO_ARGUMENTS_MAX 12

/* What a standard stream of the program is. */
enum stream_type { TYPE_PIPE, TYPE_FILE, TYPE_SOCKET, TYPE_NULL };

enum peer_kind {
	PEER_LISTENS, /* exchanges the bytes, and ends when it has all */
	PEER_REFUSES,
	PEER_NONE /* the scenario names another address */
};

/* Where the report is, and in which form: lines of text, or one JSON object. */
enum report_place {
	REPORT_NONE,
	REPORT_STDERR_TEXT,
	REPORT_STDERR_JSON,
	REPORT_STDOUT_TEXT,
	REPORT_STDOUT_JSON,
	REPORT_FILE_JSON,
	REPORT_FD_JSON
};

/* The descriptor of --report-fd. */
#define SCENARIO_REPORT_FD "9"

/* Arguments that stand for a port, and for the file of a report. */
#define SCENARIO_PORT "PORT"
#define SCENARIO_JSON "JSON"

struct scenario {
	const char *name;
	enum stream_type streams; /* standard input and output */
	enum peer_kind peer;
	size_t upload; /* bytes */
	size_t download;
	int status;
	enum report_place report;
	const char *arguments[SCENARIO_ARGUMENTS_MAX];
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* The network that all of them need, in the words of
 * tests/scripted-net/scenario.h. */
extern const char scenario_network[];

#endif
