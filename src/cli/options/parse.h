/* SPDX-License-Identifier: ISC */
/*
 * options/parse.h: what the parts of the parse share. Only this folder and its
 * tests include it.
 *
 * One table, option_table, describes the options: getopt's letters and names,
 * the defaults, the bounds, the messages and the usage text are made from it. A
 * new option is an id, a row and a field of struct options. The setters of the
 * rows are in several files and use the table themselves, so all of them have
 * this one header.
 *
 *   parse.c        argv through getopt, one option at a time
 *   table.c        the table
 *   value.c        an argument into its field, within its bounds
 *   address.c      the arguments that are addresses
 *   tos.c          the names of -T
 *   proxy.c        the arguments that name a proxy
 *   target.c       the operands: host and port
 *   conflict.c     what cannot be given together
 *   destination.c  what host and port lead to, checked against -4, -6 and -n
 *   foreign.c      the options of other netcats
 *   message.c      error lines and their parts
 *   usage.c        the usage text
 */
#ifndef OPTIONS_PARSE_H
#define OPTIONS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/options.h"
#include "text.h"
#include "text_buffer.h"

/* Every option, in the order of the usage text and of the manual. */
enum option_id {
	OPTION_IPV4,
	OPTION_IPV6,
	OPTION_DELAY,
	OPTION_RESOLUTION_DELAY,
	OPTION_FIRST_FAMILY_COUNT,
	OPTION_ORDER,
	OPTION_PREFER,
	OPTION_SUCCESS,
	OPTION_SOURCE,
	OPTION_SOURCE_PORT,
	OPTION_INTERFACE,
	OPTION_NUMERIC,
	OPTION_ADDRESS,
	OPTION_RESOLVE,
	OPTION_EXCLUDE,
	OPTION_DNS,
	OPTION_TIMEOUT,
	OPTION_ATTEMPT_TIMEOUT,
	OPTION_RETRY,
	OPTION_RETRY_DELAY,
	OPTION_TOS,
	OPTION_TTL,
	OPTION_SEND_BUFFER,
	OPTION_RECEIVE_BUFFER,
	OPTION_MSS,
	OPTION_KEEPALIVE,
	OPTION_NO_NODELAY,
	OPTION_MPTCP,
	OPTION_ZERO,
	OPTION_FD,
	OPTION_PASS_FD,
	OPTION_QUIT_AFTER,
	OPTION_SHUTDOWN,
	OPTION_NO_SHUTDOWN,
	OPTION_IDLE_TIMEOUT,
	OPTION_SEND_ONLY,
	OPTION_RECV_ONLY,
	OPTION_EXIT_ON_PEER_EOF,
	OPTION_CRLF,
	OPTION_PROGRESS,
	OPTION_HEX_DUMP,
	OPTION_ZERO_COPY,
	OPTION_NO_SPLICE,
	OPTION_NO_SANDBOX,
	OPTION_TLS,
	OPTION_SERVER_NAME,
	OPTION_INSECURE,
	OPTION_CA_FILE,
	OPTION_CA_PATH,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_ALPN,
	OPTION_TLS_MIN,
	OPTION_TLS_HANDSHAKE_TIMEOUT,
	OPTION_TLS_SHUTDOWN_TIMEOUT,
	OPTION_NO_TLS_PADDING,
	OPTION_PROXY,
	OPTION_PROXY_AUTH_FILE,
	OPTION_PROXY_ADDRESS,
	OPTION_PROXY_PROTOCOL,
	OPTION_PROXY_USER,
	OPTION_PROBE,
	OPTION_TIMINGS,
	OPTION_CHART,
	OPTION_JSON,
	OPTION_REPORT_FD,
	OPTION_COLOR,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_TABLE_SIZE
};

enum option_kind {
	KIND_SET,      /* no argument; stores `value` */
	KIND_COUNTED,  /* no argument; adds one to an unsigned */
	KIND_ANSWER,   /* no argument; ends the parse with the result `value` */
	KIND_NUMBER,   /* a whole number */
	KIND_DURATION, /* microseconds */
	KIND_CHOICE,   /* one of `words` */
	KIND_FILE,     /* the name of one: a copy, which options own */
	KIND_CUSTOM    /* what `set` makes of it */
};

/* A word for a value; messages have the first word of each value. */
struct option_word {
	const char *text; /* NULL after the last one */
	int64_t value;
};

struct parse;
struct option_spec;

typedef enum options_result option_setter(
    struct parse *parse, const struct option_spec *spec, const char *argument);

struct option_spec {
	const char *name;     /* without the "--" */
	const char *argument; /* as the usage calls it; NULL: takes none;
				 "[=ARG]": may be left out, for `value` */
	const char *help;
	const char *heading; /* of the group that begins here, or NULL */
	size_t offset;       /* of the field in struct options */
	size_t size;         /* of the field; 0: none */
	int64_t value;
	int64_t initial;
	int64_t unit; /* of a bare number, in microseconds; 1 for a count */
	int64_t lower;
	int64_t upper;
	const struct option_word *words;
	const char *zero_advice; /* in the message about 0, or NULL */
	option_setter *set;
	enum option_kind kind;
	char letter; /* '\0': none */
	bool zero;   /* 0 is allowed, although it is below `lower` */
};

extern const struct option_spec option_table[OPTION_TABLE_SIZE];

enum option_form { FORM_ABSENT, FORM_LETTER, FORM_NAME };

/* How an option was given the last time. */
struct option_given {
	enum option_form form;
	const char *argument;
};

/* One run of options_parse(). */
struct parse {
	struct options *options;
	char *error;
	struct option_given given[OPTION_TABLE_SIZE];
	const char *operands[3]; /* the first ones; the third is an error */
	size_t operand_count;
	/* An option that was given without its optional argument, and the
	   operand behind it, which may have been meant for that; NULL: none. */
	enum option_id detached_id;
	const char *detached;
	bool takes_detached; /* the next word could be that operand */
	bool version;        /* -V was given */
};

/* Stores `value` in the field of `spec`, of any integer type. */
void option_store(
    struct options *options, const struct option_spec *spec, int64_t value);

/* Returns whether the argument of an option may be left out. */
bool option_argument_is_optional(const struct option_spec *spec);

/* Set --json and --hex-dump, with a file. */
option_setter option_set_json, option_set_hex_dump;

/* Sets --success. */
option_setter option_set_success;

/* Set --server-name and --alpn. */
option_setter option_set_server_name, option_set_alpn;

/* Carries out one option; returns OPTIONS_RUN to go on. */
option_setter option_apply;

/* Set --proxy, and -x and -P. */
option_setter option_set_proxy, option_set_proxy_address, option_set_proxy_user;

/* The setters of -s, --address, --resolve, --exclude and --dns. */
option_setter option_set_source, option_set_addresses, option_set_resolve,
    option_set_exclude, option_set_dns;

/* Set --interface and -T. */
option_setter option_set_interface, option_set_tos;

/* Turns the operands into host and service. */
enum options_result target_parse(struct parse *parse);

/* Return what is wrong with a host or a port; NULL: nothing. */
const char *host_fault(const char *host);
const char *port_fault(const char *port);

/*
 * Makes one proxy of -x, -X and -P, and checks it with the destination; returns
 * OPTIONS_RUN to go on.
 */
enum options_result proxy_conclude(struct parse *parse);

/* Checks the conflicts between arguments that do not depend on the port. */
enum options_result conflicts_check(const struct parse *parse);

/* Returns whether `addresses` is empty or has one of `family`. */
bool has_family(int family, const struct address *addresses, size_t count);

/* Bytes that hold every text option_spelling() makes, with its NUL. */
#define SPELLING_MAX 48

/*
 * Writes the option as it was typed ("-d" or "--delay") to `text`, a buffer of
 * SPELLING_MAX bytes, and returns `text`.
 */
const char *option_spelling(
    char *text, const struct parse *parse, enum option_id id);

/* Writes the error line; returns OPTIONS_INVALID. */
enum options_result parse_fail(const struct parse *parse, const char *format,
    ...) __attribute__((format(printf, 2, 3)));

/* The same with "OPTION VALUE: " in front. */
enum options_result option_fail(const struct parse *parse,
    const struct option_spec *spec, const char *value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes the error line for a value outside the bounds and the words. */
enum options_result option_fail_bounds(const struct parse *parse,
    const struct option_spec *spec, const char *value);

/* Writes the error line for a text that is not a duration. */
enum options_result option_fail_duration(const struct parse *parse,
    const struct option_spec *spec, const char *value);

/* Write the error lines for an unknown option, as it was typed. */
enum options_result parse_fail_letter(const struct parse *parse, int letter);
enum options_result parse_fail_name(
    const struct parse *parse, const char *token);

/* Writes the error line for a long option with one dash. */
enum options_result parse_fail_single_dash(
    const struct parse *parse, const char *token);

#endif
