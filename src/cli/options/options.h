/* SPDX-License-Identifier: ISC */
/*
 * options/options.h: the command line as data.
 *
 * options_parse() turns argv into one struct options and checks all that argv
 * alone shows. options_check_destination() checks the rest when the port of the
 * service is known: which --resolve entries apply, and what -4, -6 and -n
 * leave. The parse knows neither libevent, sockets nor DNS, prints nothing and
 * never exits. It may be called any number of times, by one thread at a time,
 * as getopt(3) has a global state.
 *
 * The life of one: options_parse(), options_check_destination(),
 * options_release(). Durations are microseconds. Nothing changes after the
 * parse. The strings are copies, which options_release() frees.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "address.h"
#include "prefix.h"
#include "hecat_types.h"

/* A duration that never ends: -d none, -q -1, no -w. */
#define OPTIONS_FOREVER INT64_MAX

/* No -N and no --shutdown was given. */
#define OPTIONS_SHUTDOWN_DEFAULT (-1)

/* No --keepalive was given. */
#define OPTIONS_NO_KEEPALIVE (-1)

/* Bytes that hold every message of options_parse(), with its NUL. */
#define OPTIONS_ERROR_MAX 512

/* What makes an attempt win; --success. */
enum options_success {
	OPTIONS_SUCCESS_DEFAULT, /* TLS with -c, else TCP */
	OPTIONS_SUCCESS_TCP,
	OPTIONS_SUCCESS_TLS, /* with -c alone */
	OPTIONS_SUCCESS_OPEN,
	OPTIONS_SUCCESS_DATA
};

enum options_color {
	OPTIONS_COLOR_AUTO,
	OPTIONS_COLOR_ALWAYS,
	OPTIONS_COLOR_NEVER
};

/* What is spoken to a proxy, and who looks up the name of the destination. */
enum options_proxy_scheme {
	OPTIONS_PROXY_NONE,
	OPTIONS_PROXY_ENV,     /* --proxy env */
	OPTIONS_PROXY_SOCKS4,  /* SOCKS 4: hecat, IPv4 alone */
	OPTIONS_PROXY_SOCKS4A, /* SOCKS 4A: the proxy */
	OPTIONS_PROXY_SOCKS5,  /* SOCKS 5: hecat */
	OPTIONS_PROXY_SOCKS5H, /* SOCKS 5: the proxy */
	OPTIONS_PROXY_HTTP,    /* CONNECT: the proxy */
	OPTIONS_PROXY_HTTPS    /* likewise, by TLS */
};

/* Bytes of a user, or a password, at most. */
#define OPTIONS_PROXY_FIELD_MAX 255

/* A proxy. */
struct options_proxy {
	enum options_proxy_scheme scheme;
	char *host; /* brackets removed; NULL with _NONE and _ENV */
	uint16_t port;
	char *user;     /* NULL: none */
	char *password; /* likewise */
};

/*
 * One --resolve HOST:PORT:ADDR[,ADDR]... All entries of one host and port
 * count, in this order.
 */
struct options_resolve {
	char *host; /* brackets removed */
	uint16_t port;
	struct address *addresses; /* at least one; their port is `port` */
	size_t address_count;
};

/* One --dns. */
struct options_dns {
	struct address address; /* with its port */
	bool tcp;               /* over TCP alone */
};

struct options {
	char *host;    /* not empty; brackets removed; NULL with --fd, as is: */
	char *service; /* "1" to "65535" without leading zeros, or a name */
	int family;    /* AF_UNSPEC, AF_INET (-4) or AF_INET6 (-6) */
	int64_t connection_attempt_delay;    /* -d; 0: all at once */
	int64_t resolution_delay;            /* -r */
	unsigned first_address_family_count; /* -f */
	enum hecat_order order;              /* --order */
	int preferred_family; /* --prefer; AF_UNSPEC, AF_INET or AF_INET6 */
	enum options_success success; /* --success */
	int64_t success_open;         /* MS of open, in microseconds */
	struct address *sources;      /* -s; port 0 */
	size_t source_count;
	uint16_t source_port;      /* -p; 0: any */
	char *interface;           /* --interface; NULL: not given; owned */
	bool numeric;              /* -n */
	struct address *addresses; /* --address; port 0 */
	size_t address_count;
	struct options_resolve *resolves;
	size_t resolve_count;
	struct prefix *excluded; /* --exclude */
	size_t excluded_count;
	struct options_dns *dns; /* --dns */
	size_t dns_count;
	int64_t timeout;         /* -w */
	int64_t attempt_timeout; /* --attempt-timeout */
	int64_t retries;         /* --retry; OPTIONS_FOREVER: no limit */
	int64_t retry_delay;     /* --retry-delay */
	int tos;                 /* -T; -1: as the system has it */
	unsigned ttl;            /* -M; 0 likewise, as below */
	int send_buffer;         /* -O */
	int receive_buffer;      /* -I */
	int mss;                 /* --mss */
	int64_t keepalive;       /* --keepalive; 0: after the system's time */
	bool no_nodelay;         /* --no-nodelay */
	bool mptcp;              /* --mptcp */
	bool zero_io;            /* -z */
	int fd;                  /* --fd; -1: connect to host and service */
	bool pass_fd;            /* -F */
	int64_t quit_after;      /* -q */
	int64_t shutdown_after;  /* --shutdown; 0: -N */
	bool no_shutdown;        /* --no-shutdown */
	int64_t idle_timeout;    /* -i */
	bool send_only;          /* --send-only */
	bool recv_only;          /* --recv-only */
	bool exit_on_peer_eof;   /* --exit-on-peer-eof */
	bool crlf;               /* -C */
	unsigned progress;       /* --progress; 2: not only on a terminal */
	bool hex_dump;           /* --hex-dump */
	char *hex_dump_file;     /* NULL: standard error; owned */
	bool zero_copy;          /* --zero-copy */
	bool no_splice;          /* --no-splice */
	bool no_sandbox;         /* --no-sandbox */
	bool tls;                /* -c */
	char *server_name;       /* --server-name; "": none; NULL: the host */
	bool insecure;           /* --insecure */
	char *ca_file;           /* --ca-file; NULL: not given, as below */
	char *ca_path;           /* --ca-path */
	char *cert;              /* --cert */
	char *key;               /* --key */
	char *alpn;              /* --alpn: 1 to 255 bytes, with commas */
	unsigned tls_min;        /* --tls-min: 12 or 13 */
	int64_t tls_handshake_timeout; /* --tls-handshake-timeout */
	int64_t tls_shutdown_timeout;  /* --tls-shutdown-timeout */
	bool no_tls_padding;           /* --no-tls-padding */
	struct options_proxy proxy;    /* --proxy; -x, -X and -P */
	bool proxy_asks_password;      /* -P: the terminal has it */
	char *proxy_auth_file;         /* --proxy-auth-file; NULL: none */
	unsigned probe;                /* --probe: rounds; 0: connect */
	bool timings;                  /* -t */
	bool chart;                    /* --chart */
	bool json;                     /* --json */
	char *json_file;               /* NULL: with the other reports; owned */
	enum options_color color;      /* --color */
	int report_fd;    /* --report-fd; -1: standard error or output */
	unsigned verbose; /* -v, counted */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,    /* -h: print options_usage() to stdout, exit 0 */
	OPTIONS_VERSION, /* -V */
	OPTIONS_INVALID, /* print `error`, a line without its end: exit 2 */
	OPTIONS_NO_MEMORY
};

/*
 * Parses argv into *options, which is set in every case and needs
 * options_release() afterwards; only with OPTIONS_RUN is it complete. -h ends
 * the parse: the arguments after it are not read. -V takes no operands. `error`
 * has OPTIONS_ERROR_MAX bytes and is meaningful only with OPTIONS_INVALID: it
 * is printable ASCII and names the option as it was typed, the value and the
 * bound.
 */
enum options_result options_parse(
    struct options *options, int argc, char *const argv[], char *error);

/*
 * Parses the URL of a proxy, as --proxy has it, into *proxy, which is set in
 * every case and needs options_proxy_release() afterwards. `error` has
 * OPTIONS_ERROR_MAX bytes and says what is wrong with OPTIONS_INVALID; it has
 * nothing of the user and the password.
 */
enum options_result options_proxy_parse(
    struct options_proxy *proxy, const char *url, char *error);
void options_proxy_release(struct options_proxy *proxy);

/* Returns the name of a scheme, as URLs have it. */
const char *options_proxy_scheme_name(enum options_proxy_scheme scheme);

/*
 * Returns whether `entry` is for `host` at `port`. Names are compared without
 * regard to case and to a dot at their end, addresses as addresses.
 */
bool options_resolve_applies(
    const struct options_resolve *entry, const char *host, uint16_t port);

/*
 * Checks that there is something to connect to at `host`, that of *options or
 * its proxy, and `port`: an address of the
 * family that -4 or -6 asks for, where addresses are given; with -n an address
 * at all; and the interface of each link-local address, of the sources as well,
 * where this host does not have one only. What -4 or -6 leaves out is not
 * checked. Returns OPTIONS_RUN, or OPTIONS_INVALID with `error` as
 * options_parse() sets it.
 */
enum options_result options_check_destination(const struct options *options,
    const char *host, uint16_t port, char *error);

/* Frees what *options owns and leaves it empty. */
void options_release(struct options *options);

/* Writes the usage text to `out`. */
void options_usage(FILE *out);

#endif
