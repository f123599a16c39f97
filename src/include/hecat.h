/* SPDX-License-Identifier: ISC */
/*
 * hecat.h: connect to a host by Happy Eyeballs (RFC 8305), on libevent.
 *
 * The public header of libhecat. A connector is the other side of libevent's
 * evconnlistener: it looks up a host, races connection attempts to its
 * addresses, and has one connected socket in the end, or the reason why there
 * is none.
 *
 *	config = hecat_config_new();
 *	connector = hecat_connector_new(
 *	    base, config, on_connected, on_failed, arg);
 *	hecat_config_free(config);
 *	hecat_connector_connect_hostname(connector, "example.com", "443");
 *
 * The life of a connector: hecat_connector_new(), which starts nothing; then a
 * connect or a lookup, which returns 0 and then calls exactly one of the two
 * callbacks from the event loop, or returns -1 with errno and calls nothing;
 * then another one, or hecat_connector_free(). No callback comes from inside
 * the function that starts a connect, and none after hecat_connector_free().
 * hecat_connector_cancel() and hecat_connector_free() are legal at any time,
 * inside every callback, the observer's too: no callback follows then.
 *
 * All structs are opaque. Functions that return int return 0, or -1 with errno:
 * EINVAL for an argument that is out of its bounds, ENOMEM. A duration is a
 * struct timeval; NULL is one that never ends. Where a text does not say what
 * NULL means it is not allowed, but each _free() does nothing with it. Each
 * struct sockaddr that is returned is a sockaddr_in or a sockaddr_in6, by its
 * `sa_family`.
 *
 * The library never prints, never exits, keeps no state between connectors
 * but a pool of threads for lookups, and leaves signals alone. Use each
 * connector in the thread that runs its event base; a configuration may be read
 * by several threads. Timers of a base without EVENT_BASE_FLAG_PRECISE_TIMER
 * may be up to 6 ms late; nothing else depends on it. Free the connectors of a
 * base before event_base_free().
 *
 * Where there is no descriptor for a lookup or an attempt, the connector keeps
 * what runs and tries again: when an attempt ends, and every 100 ms, as others
 * in the process may close theirs. That goes on within the time budget.
 *
 * A lookup cannot be interrupted: it may outlive its connector, in a thread
 * that frees it, and delays no other one. In a child of fork(2) connectors may
 * be made; those of the parent are not answered there and may be freed, after
 * event_reinit() of their base.
 */
#ifndef HECAT_H
#define HECAT_H

#include <sys/socket.h>
#include <sys/time.h>
#include <stddef.h>

#include <event2/util.h>

#include "hecat_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct event_base;
struct hecat_config;
struct hecat_connector;
struct hecat_error_entry;
struct hecat_event;
struct hecat_lookup;
struct hecat_race;
struct hecat_race_state;
struct hecat_step;

/* Returns the version of the library, "major.minor.patch". */
const char *hecat_get_version(void);

/* The same as a number, as HECAT_VERSION_NUMBER has it. */
unsigned hecat_get_version_number(void);

/*
 * Waits until the threads of all lookups have ended, at most so long: for
 * programs that check for leaks at their exit, or close the library with
 * dlclose(3). Free the connectors first: a lookup that is still wanted is
 * waited for, too, and its answer comes from the event loop afterwards.
 *
 * Returns 0: there is no thread of the library, and none of its memory that a
 * thread had; or -1 with errno EAGAIN: some still run, EINVAL: `timeout` is
 * negative. It may be called again, by several threads, and connectors may be
 * made and used afterwards. In a child of fork(2), which has no such threads,
 * it returns 0 at once. It may not be called by a lookup, as from a module of
 * the name service switch.
 */
int hecat_global_shutdown(const struct timeval *timeout);

/*
 * Configuration: how to connect. A new one has the defaults of RFC 8305. A
 * connector copies it, so that it may be changed, used again and freed.
 */

/* Returns NULL with errno ENOMEM when out of memory. */
struct hecat_config *hecat_config_new(void);
void hecat_config_free(struct hecat_config *config);

/*
 * The Connection Attempt Delay, 250 ms: 10 ms and more (RFC 8305 section 8), 0:
 * all attempts at once, NULL: one at a time.
 */
int hecat_config_set_connection_attempt_delay(
    struct hecat_config *config, const struct timeval *delay);

/*
 * The Resolution Delay, 50 ms: how long the addresses of one family wait for an
 * answer of the other that could lead; 0: not at all, NULL: until it comes.
 */
int hecat_config_set_resolution_delay(
    struct hecat_config *config, const struct timeval *delay);

/* The First Address Family Count, 1; 1 and more. */
int hecat_config_set_first_address_family_count(
    struct hecat_config *config, unsigned count);

/* The order of the addresses, HECAT_ORDER_SORTED. */
int hecat_config_set_order(struct hecat_config *config, enum hecat_order order);

/* Only addresses of this family, AF_INET or AF_INET6; AF_UNSPEC: of both. */
int hecat_config_set_family(struct hecat_config *config, int family);

/* The family that leads; AF_UNSPEC: that of the first address in order. */
int hecat_config_set_preferred_family(struct hecat_config *config, int family);

/* The time budget of all: lookups and attempts; NULL. More than 0. */
int hecat_config_set_timeout(
    struct hecat_config *config, const struct timeval *timeout);

/* The time of each attempt, NULL. More than 0. */
int hecat_config_set_attempt_timeout(
    struct hecat_config *config, const struct timeval *timeout);

/*
 * What makes an attempt a success, HECAT_SUCCESS_TCP. `open_time` counts with
 * HECAT_SUCCESS_OPEN alone: more than 0; NULL: the first byte alone counts.
 */
int hecat_config_set_success(struct hecat_config *config,
    enum hecat_success success, const struct timeval *open_time);

/*
 * Adds an address to bind attempts to, with its port (0: any): each source is
 * used for the destinations of its family, in the order given. A destination
 * for whose family there is no source is skipped. The wildcard address leaves
 * the address to the host. A source that was added before is not added again.
 */
int hecat_config_add_source(
    struct hecat_config *config, const struct sockaddr *source, int socklen);

/*
 * Leaves out destinations that share the first `length` bits of `address`, of a
 * list or an answer: 32 or 128 bits are one address, 0 a whole family. IPv4 in
 * the notation of IPv6 counts as IPv4, with 96 bits more. Without a zone those
 * of every zone are left out. A prefix that was added before is not added
 * again. EINVAL: the address has fewer bits.
 */
int hecat_config_add_excluded(struct hecat_config *config,
    const struct sockaddr *address, int socklen, unsigned length);

/*
 * The options of hecat_connector_take_bufferevent(), BEV_OPT_CLOSE_ON_FREE:
 * those of enum bufferevent_options. BEV_OPT_UNLOCK_CALLBACKS without
 * BEV_OPT_DEFER_CALLBACKS is EINVAL; BEV_OPT_THREADSAFE needs
 * evthread_use_pthreads() before the event base is made.
 */
int hecat_config_set_bufferevent_options(
    struct hecat_config *config, int options);

/*
 * A step after TCP, inside the race: TLS, a greeting, a proxy. An attempt that
 * is a success by hecat_config_set_success() goes on with the step, and wins
 * when the step succeeds; until then it is pending, and one that fails goes on
 * to the next address. While a step runs the Connection Attempt Delay ends no
 * sooner than three round trips after TCP, at least 100 ms and at most 2 s: a
 * handshake that takes its time starts no other attempt.
 *
 * The methods are called from the event loop, and with them the functions
 * hecat_step_*(). They may do all that a callback may.
 */
struct hecat_step_methods {
	size_t size; /* sizeof(struct hecat_step_methods) */
	/*
	 * Begins, with the connected socket of hecat_step_get_fd(), which stays
	 * the connector's. Returns 0, or an errno, which fails the attempt: no
	 * cancel() follows then. The step may end inside.
	 */
	int (*begin)(struct hecat_step *step, void *arg);
	/*
	 * Gives up a step that was begun and has not ended: frees what it has.
	 * The connector closes the socket afterwards.
	 */
	void (*cancel)(struct hecat_step *step, void *arg);
	/*
	 * Tries whether the step can end now, whatever the loop has reported:
	 * before an attempt starts or a winner is declared each step is asked
	 * once, so that of two that are done the first wins. NULL: it cannot.
	 */
	void (*poll)(struct hecat_step *step, void *arg);
};

/*
 * Sets the step of every attempt; NULL: none. The methods are not copied: they
 * outlive each connector that was made with them. EINVAL: `size` is too small,
 * or a method but `poll` is NULL.
 */
int hecat_config_set_step(struct hecat_config *config,
    const struct hecat_step_methods *methods, void *arg);

/*
 * Whether the step is part of the race, 1. 0: the race is decided when an
 * attempt is a success by hecat_config_set_success(): all others are closed,
 * and the step follows on that one alone, whose failure is that of the connect.
 */
int hecat_config_set_step_in_race(struct hecat_config *config, int on);

/*
 * Makes the socket of an attempt to `address`, in the place of socket(2): of
 * another protocol (MPTCP), in another network. Returns a stream socket, which
 * is the connector's from here on; it becomes non-blocking and close-on-exec.
 * Or -1 with errno, which fails this attempt alone; EMFILE, ENFILE, ENOBUFS and
 * ENOMEM put it off, as they do without a factory. It may do all that a
 * callback may.
 */
typedef evutil_socket_t (*hecat_socket_factory_cb)(
    struct hecat_connector *connector, const struct sockaddr *address,
    void *arg);

/* Sets the factory; NULL: socket(2). */
int hecat_config_set_socket_factory(
    struct hecat_config *config, hecat_socket_factory_cb factory, void *arg);

/*
 * Sets options of the socket of an attempt to `address`, before it is bound and
 * connected: a mark, an interface, a type of service. Returns 0, or an errno,
 * which counts as that of a factory does. What the connector sets afterwards:
 * SO_REUSEADDR with a source port, IP_RECVERR or IPV6_RECVERR until it is
 * connected, TCP_NODELAY then. It may do all that a callback may.
 */
typedef int (*hecat_socket_cb)(struct hecat_connector *connector,
    evutil_socket_t fd, const struct sockaddr *address, void *arg);

/* Sets what prepares sockets; NULL: nothing. */
int hecat_config_set_socket_cb(
    struct hecat_config *config, hecat_socket_cb prepare, void *arg);

/*
 * A resolver of one's own, which turns names into addresses in the place of the
 * system's: DNS over HTTPS, a cache, a directory. It is asked for every host
 * that is a name; a literal address needs none.
 *
 * The methods are called from the event loop. They may do all that a callback
 * may.
 */
struct hecat_resolver_methods {
	size_t size; /* sizeof(struct hecat_resolver_methods) */
	/*
	 * Starts a lookup of hecat_lookup_get_name() for
	 * hecat_lookup_get_family(), which hecat_lookup_answer() answers, now
	 * or later. Returns 0, or an errno: it cannot be started, no cancel()
	 * follows, and that is the answer; with EMFILE and ENFILE it is asked
	 * again every 100 ms.
	 */
	int (*start)(struct hecat_lookup *lookup, void *arg);
	/*
	 * Gives up a lookup that was started and is not answered completely:
	 * frees what it has. It may not be used afterwards.
	 */
	void (*cancel)(struct hecat_lookup *lookup, void *arg);
};

/*
 * Sets the resolver; NULL: the system's. The methods are not copied: they
 * outlive each connector that was made with them. EINVAL: `size` is too small,
 * or a method is NULL.
 */
int hecat_config_set_resolver(struct hecat_config *config,
    const struct hecat_resolver_methods *methods, void *arg);

/*
 * Observes a connect or a lookup: called with each event, in order, from the
 * event loop or from inside hecat_connector_cancel(). `event` is valid inside
 * the callback alone.
 */
typedef void (*hecat_observer_cb)(struct hecat_connector *connector,
    const struct hecat_event *event, void *arg);

/* Sets the observer; NULL: none. */
int hecat_config_set_observer(
    struct hecat_config *config, hecat_observer_cb observer, void *arg);

/* Return what was set. A duration is written to *tv; NULL: it never ends. */
const struct timeval *hecat_config_get_connection_attempt_delay(
    const struct hecat_config *config, struct timeval *tv);
const struct timeval *hecat_config_get_resolution_delay(
    const struct hecat_config *config, struct timeval *tv);
unsigned hecat_config_get_first_address_family_count(
    const struct hecat_config *config);
enum hecat_order hecat_config_get_order(const struct hecat_config *config);
int hecat_config_get_family(const struct hecat_config *config);
int hecat_config_get_preferred_family(const struct hecat_config *config);
const struct timeval *hecat_config_get_timeout(
    const struct hecat_config *config, struct timeval *tv);
const struct timeval *hecat_config_get_attempt_timeout(
    const struct hecat_config *config, struct timeval *tv);
enum hecat_success hecat_config_get_success(const struct hecat_config *config);
const struct timeval *hecat_config_get_success_open_time(
    const struct hecat_config *config, struct timeval *tv);
int hecat_config_get_bufferevent_options(const struct hecat_config *config);

/* Return what was set, and its argument in *arg, which may be NULL. */
const struct hecat_step_methods *hecat_config_get_step(
    const struct hecat_config *config, void **arg);
int hecat_config_is_step_in_race(const struct hecat_config *config);
const struct hecat_resolver_methods *hecat_config_get_resolver(
    const struct hecat_config *config, void **arg);
hecat_socket_factory_cb hecat_config_get_socket_factory(
    const struct hecat_config *config, void **arg);
hecat_socket_cb hecat_config_get_socket_cb(
    const struct hecat_config *config, void **arg);
hecat_observer_cb hecat_config_get_observer(
    const struct hecat_config *config, void **arg);
size_t hecat_config_get_source_count(const struct hecat_config *config);

/* Returns source number `number`, from 0; NULL when there is none. */
const struct sockaddr *hecat_config_get_source(
    const struct hecat_config *config, size_t number);

size_t hecat_config_get_excluded_count(const struct hecat_config *config);

/*
 * Returns the address of excluded prefix number `number`, from 0, and its
 * length in *length; NULL when there is none.
 */
const struct sockaddr *hecat_config_get_excluded(
    const struct hecat_config *config, size_t number, unsigned *length);

/*
 * Steps. Each ends once, by one of the first three functions, and may not be
 * used afterwards. What follows comes from the event loop, or when the method
 * that is being called has returned.
 */

/*
 * Ends a step with success. The connection is `fd`: the step's own descriptor,
 * or another one, which is the connector's from here on; the step's own is then
 * closed. -1 is a failure, with EBADF.
 */
void hecat_step_succeed(struct hecat_step *step, evutil_socket_t fd);

/*
 * Ends a step with success. The connection is `bufferevent`, which holds the
 * step's descriptor, was made with BEV_OPT_CLOSE_ON_FREE, and is the
 * connector's from here on. NULL is a failure, with ENOMEM.
 */
void hecat_step_succeed_bufferevent(
    struct hecat_step *step, struct bufferevent *bufferevent);

/* Ends a step: it failed with `error`, an errno or 0, and a reason or NULL. */
void hecat_step_fail(struct hecat_step *step, int error, const char *text);

/* Returns the connected socket, non-blocking, as long as the step runs. */
evutil_socket_t hecat_step_get_fd(const struct hecat_step *step);

struct event_base *hecat_step_get_base(const struct hecat_step *step);
struct hecat_connector *hecat_step_get_connector(const struct hecat_step *step);

/* Returns the number of the attempt, as in its events. */
size_t hecat_step_get_attempt(const struct hecat_step *step);

/* Returns the address that the attempt is connected to. */
const struct sockaddr *hecat_step_get_address(const struct hecat_step *step);

/* Set and return what the methods keep of a step; NULL at first. */
void hecat_step_set_data(struct hecat_step *step, void *data);
void *hecat_step_get_data(const struct hecat_step *step);

/*
 * Lookups of a resolver of one's own. Each ends when all families that it asks
 * for are answered, and may not be used afterwards.
 */

/* An answer, or a part of one. What is not used is zero. */
struct hecat_answer {
	size_t size; /* sizeof(struct hecat_answer) */
	int family;  /* AF_INET6, AF_INET; AF_UNSPEC: all that is not answered
			yet, which may have addresses of either */
	int more;    /* other answers of this family will follow */
	int error;   /* why there are none (any more): EAI_*, or 0. Without
			addresses and error there is no address of the family,
			EAI_NODATA */
	int system_error; /* the errno with EAI_SYSTEM; EMFILE and ENFILE: the
			     lookup is started again after 100 ms */
	/* Of each node only ai_addr, ai_addrlen and ai_next count. Port 0 is
	   that of the connect. */
	const struct evutil_addrinfo *addresses;
	const char *name; /* the name that was asked; NULL: as given */
	const char *text; /* one line: why there are none; NULL: as `error` has
			     it */
	const struct sockaddr *server; /* that has answered; NULL: not known */
	int has_ttl;
	unsigned ttl; /* seconds for which the answer holds */
};

/*
 * Answers: each family that is asked for once with `more` 0, before that any
 * number of times. What is pointed to is copied. It may be called inside
 * start(); the connector goes on from the event loop. Unless the order is
 * HECAT_ORDER_SORTED it goes on with all answers together, in the order they
 * were given. Returns 0, or -1 with errno EINVAL: the family was not asked for
 * or is answered, `error` stands beside addresses, or one of these is neither
 * AF_INET nor AF_INET6. ENOMEM: out of memory, which ends the lookup.
 */
int hecat_lookup_answer(
    struct hecat_lookup *lookup, const struct hecat_answer *answer);

/*
 * Returns the name as it was given to the connect; of an international one its
 * ASCII form, if it has one.
 */
const char *hecat_lookup_get_name(const struct hecat_lookup *lookup);

/* Returns AF_INET6 or AF_INET; AF_UNSPEC: both are asked for. */
int hecat_lookup_get_family(const struct hecat_lookup *lookup);

struct event_base *hecat_lookup_get_base(const struct hecat_lookup *lookup);
struct hecat_connector *hecat_lookup_get_connector(
    const struct hecat_lookup *lookup);

/* Set and return what the methods keep of a lookup; NULL at first. */
void hecat_lookup_set_data(struct hecat_lookup *lookup, void *data);
void *hecat_lookup_get_data(const struct hecat_lookup *lookup);

/*
 * Connectors.
 */

/*
 * Reports success. After a connect the connector has a connected socket, which
 * the callee takes with hecat_connector_take_fd() or
 * hecat_connector_take_bufferevent(), now or later; every other attempt has
 * been closed (a bufferevent that the step of another one has ended with closes
 * its socket in the next pass of the loop). After a lookup it has candidates.
 */
typedef void (*hecat_connected_cb)(
    struct hecat_connector *connector, void *arg);

/* Reports a failure; hecat_connector_get_error() has all that led to it. */
typedef void (*hecat_failed_cb)(
    struct hecat_connector *connector, enum hecat_error error, void *arg);

/*
 * Makes a connector with a copy of `config` (NULL: the defaults). Returns NULL
 * with errno EINVAL when `base` or a callback is NULL, or ENOMEM.
 */
struct hecat_connector *hecat_connector_new(struct event_base *base,
    const struct hecat_config *config, hecat_connected_cb connected,
    hecat_failed_cb failed, void *arg);

/*
 * Ends and frees a connector; a connect under way is dropped, and nothing is
 * observed of it any more. A socket that was not taken is closed. Inside a
 * callback its sockets and its memory go when that has returned.
 */
void hecat_connector_free(struct hecat_connector *connector);

/*
 * Starts to connect to `host`: a name, or a literal, which is IPv4 in any form
 * of inet_aton(3), "v6", "[v6]" or "v6%zone". An international name is UTF-8,
 * whatever the locale, and is looked up in its ASCII form, for which libidn2 is
 * opened; bytes that are not UTF-8 are in the encoding of the locale. A
 * link-local address without a zone gets that of the one interface that has
 * such an address; where there are several its attempt fails with EINVAL.
 * `service` is a port, 1 to 65535, or the name of a TCP service, which is read
 * from the system's list of services here and now. What the one before has
 * left, a socket or errors, goes.
 *
 * Returns -1 with errno EALREADY while a connect or a lookup is under way; it
 * has ended when its callback is called, or hecat_connector_cancel() has
 * returned outside of every callback. ENOENT: there is no such service. EINVAL:
 * the host is empty, its zone is unknown, or the port is out of bounds. EMFILE,
 * ENFILE: there is no descriptor to look up the service with.
 */
int hecat_connector_connect_hostname(
    struct hecat_connector *connector, const char *host, const char *service);

/*
 * Starts to connect to a list of addresses, each with its own port, without a
 * lookup. The list is copied; of each node only `ai_addr`, `ai_addrlen` and
 * `ai_next` count, and one that is there twice counts once. What is not of the
 * family that is configured is left out. Returns likewise; EINVAL: the list is
 * empty, or has another family than AF_INET and AF_INET6, or port 0.
 */
int hecat_connector_connect_addrinfo(
    struct hecat_connector *connector, const struct evutil_addrinfo *list);

/*
 * Look up or list, sort and interleave as the two above do, and connect to
 * nothing. They end when all answers are in: with hecat_connected_cb when there
 * is a candidate.
 */
int hecat_connector_lookup_hostname(
    struct hecat_connector *connector, const char *host, const char *service);
int hecat_connector_lookup_addrinfo(
    struct hecat_connector *connector, const struct evutil_addrinfo *list);

/*
 * Gives up what is under way: the observer gets the end of every attempt that
 * runs, then HECAT_EVENT_ENDED, and no callback follows. Inside a callback
 * these events come when that has returned. Does nothing to what has ended, and
 * to NULL.
 */
void hecat_connector_cancel(struct hecat_connector *connector);

/*
 * Returns the connected socket, non-blocking, close-on-exec, with TCP_NODELAY,
 * and from here on the caller's to close; -1: there is none (any more), as
 * after a lookup, or after a step that ended with a bufferevent.
 */
evutil_socket_t hecat_connector_take_fd(struct hecat_connector *connector);

/* Returns the same without handing it over. */
evutil_socket_t hecat_connector_get_fd(const struct hecat_connector *connector);

/*
 * Hands the connected socket over in a new bufferevent, or the bufferevent that
 * the step ended with; the caller frees it. Returns NULL with errno when that
 * is impossible; the connector keeps the socket then.
 */
struct bufferevent *hecat_connector_take_bufferevent(
    struct hecat_connector *connector);

/*
 * Returns the address of the peer, also after the socket was taken; NULL: there
 * was no connection. As all that a connector returns it is valid until the next
 * connect or hecat_connector_free().
 */
const struct sockaddr *hecat_connector_get_peer(
    const struct hecat_connector *connector);

struct event_base *hecat_connector_get_base(
    const struct hecat_connector *connector);

/* Returns the `arg` of hecat_connector_new(). */
void *hecat_connector_get_arg(const struct hecat_connector *connector);

/*
 * Returns the host as it was given to the connect or lookup; NULL: that was a
 * list.
 */
const char *hecat_connector_get_host(const struct hecat_connector *connector);

/* Returns the connector's own copy, valid until hecat_connector_free(). */
const struct hecat_config *hecat_connector_get_config(
    const struct hecat_connector *connector);

/*
 * Return the addresses that are known up to now, in their order, tried or not;
 * NULL: there is no such number. An answer that comes later changes them.
 */
size_t hecat_connector_get_candidate_count(
    const struct hecat_connector *connector);
const struct sockaddr *hecat_connector_get_candidate(
    const struct hecat_connector *connector, size_t number);

/*
 * Returns whether addresses are left that no attempt was made to, or a lookup
 * may still bring some.
 */
int hecat_connector_has_untried(const struct hecat_connector *connector);

/*
 * Return what failed, once the connect has ended: lookups and attempts in the
 * order of their start; NULL: there is no such number. After a failure these
 * are all of them, with lookups that were not answered in time and an attempt
 * that could not start for lack of a descriptor; after a success those that had
 * failed before.
 */
size_t hecat_connector_get_error_count(const struct hecat_connector *connector);
const struct hecat_error_entry *hecat_connector_get_error(
    const struct hecat_connector *connector, size_t number);

/*
 * Writes the failure as one sentence of printable text, without a newline, like
 * snprintf(3): at most `size` bytes with the NUL; returns the length it would
 * have. It is empty after a success, and nothing stands in front for a list.
 * The wording may change: the list above is for programs.
 */
int hecat_connector_format_errors(
    const struct hecat_connector *connector, char *text, size_t size);

/*
 * Entries of the list of errors.
 */

enum hecat_error_kind hecat_error_entry_get_kind(
    const struct hecat_error_entry *entry);

/* Returns the family of the address, or of the lookup: AF_UNSPEC: of both. */
int hecat_error_entry_get_family(const struct hecat_error_entry *entry);

/*
 * Returns EAI_* of a lookup, EAI_AGAIN where no answer came; the errno of an
 * attempt, 0 if it has none.
 */
int hecat_error_entry_get_error(const struct hecat_error_entry *entry);

/* Returns the errno with EAI_SYSTEM. */
int hecat_error_entry_get_system_error(const struct hecat_error_entry *entry);

/* Returns how an attempt ended. */
enum hecat_outcome hecat_error_entry_get_outcome(
    const struct hecat_error_entry *entry);

/* Return NULL for a lookup, and for what is not known. */
const struct sockaddr *hecat_error_entry_get_address(
    const struct hecat_error_entry *entry);
const struct sockaddr *hecat_error_entry_get_source(
    const struct hecat_error_entry *entry);
/* The sender of the ICMP error. */
const struct sockaddr *hecat_error_entry_get_icmp_sender(
    const struct hecat_error_entry *entry);

/* The server that has answered a lookup. */
const struct sockaddr *hecat_error_entry_get_server(
    const struct hecat_error_entry *entry);

/* Returns the reason in words. */
const char *hecat_error_entry_get_text(const struct hecat_error_entry *entry);

/*
 * Events. A getter returns 0 or NULL for an event that does not have what it
 * is about; the types that have it stand with each. What is pointed to is valid
 * inside the callback alone.
 */

enum hecat_event_type hecat_event_get_type(const struct hecat_event *event);

/* When it happened, on CLOCK_MONOTONIC. */
void hecat_event_get_time(const struct hecat_event *event, struct timeval *tv);

/* QUERY, ANSWER: AF_INET6, AF_INET, or AF_UNSPEC: both in one lookup. */
int hecat_event_get_family(const struct hecat_event *event);

/*
 * ANSWER: EAI_* or 0; ATTEMPT_ENDED: errno or 0; OUT_OF_DESCRIPTORS: errno,
 * which may be ENOMEM, too: memory is waited for likewise.
 */
int hecat_event_get_error(const struct hecat_event *event);

/* ATTEMPT_ENDED: whether it was given up, or timed out, while its step ran. */
int hecat_event_is_in_step(const struct hecat_event *event);

/*
 * ATTEMPT_ENDED: the reason of a step that failed; ANSWER: that of a resolver
 * of one's own; NULL: none was given.
 */
const char *hecat_event_get_text(const struct hecat_event *event);

/* ANSWER: the errno with EAI_SYSTEM. */
int hecat_event_get_system_error(const struct hecat_event *event);

/* OUT_OF_DESCRIPTORS: whether the lookup is put off, not an attempt. */
int hecat_event_is_lookup(const struct hecat_event *event);

/* ANSWER: whether the lookup blocked the event loop, for lack of a thread. */
int hecat_event_is_blocking(const struct hecat_event *event);

/* ANSWER: the number of addresses. */
size_t hecat_event_get_address_count(const struct hecat_event *event);

/* ANSWER: the name that was asked, in a search domain; NULL: as given. */
const char *hecat_event_get_name(const struct hecat_event *event);

/* ANSWER: whether others of its family will follow. */
int hecat_event_has_more(const struct hecat_event *event);

/* ANSWER: the server that has answered; NULL: not known. */
const struct sockaddr *hecat_event_get_server(const struct hecat_event *event);

/* ANSWER: the seconds for which it holds; -1: not known. */
long hecat_event_get_ttl(const struct hecat_event *event);

/* CANDIDATE, SKIPPED: the place of the address in the order, from 0. */
size_t hecat_event_get_turn(const struct hecat_event *event);

/*
 * SKIPPED: whether a prefix of hecat_config_add_excluded() has the address;
 * else there is no source of its family.
 */
int hecat_event_is_excluded(const struct hecat_event *event);

/*
 * CANDIDATE, SKIPPED: the rule of RFC 6724 section 6 that put the address
 * behind the one before it; 0: none.
 */
unsigned hecat_event_get_rule(const struct hecat_event *event);

/* ATTEMPT_*: its number from 0, in the order of start. */
size_t hecat_event_get_attempt(const struct hecat_event *event);

/* ATTEMPT_STARTED. */
enum hecat_cause hecat_event_get_cause(const struct hecat_event *event);

/* ATTEMPT_ENDED. */
enum hecat_outcome hecat_event_get_outcome(const struct hecat_event *event);

/* CANDIDATE, SKIPPED, ATTEMPT_*, and ENDED with a connection. */
const struct sockaddr *hecat_event_get_address(const struct hecat_event *event);

/* ATTEMPT_*: bound to, or used; NULL: not known. */
const struct sockaddr *hecat_event_get_source(const struct hecat_event *event);

/* ATTEMPT_ENDED: the sender of the ICMP error; NULL: not known. */
const struct sockaddr *hecat_event_get_icmp_sender(
    const struct hecat_event *event);

/*
 * ATTEMPT_ENDED: when TCP was found connected, and the round trip time of the
 * handshake. Written to *tv, which is returned; NULL: there is none.
 */
const struct timeval *hecat_event_get_established(
    const struct hecat_event *event, struct timeval *tv);
const struct timeval *hecat_event_get_rtt(
    const struct hecat_event *event, struct timeval *tv);

/* ATTEMPT_ENDED: how often the SYN was sent again. */
unsigned hecat_event_get_retransmissions(const struct hecat_event *event);

/* ENDED: 0: connected, or a lookup with candidates; else an enum hecat_error.
 */
int hecat_event_get_result(const struct hecat_event *event);

/*
 * Lists: what a program does with addresses before or after a connect. The
 * functions change lists of hecat's own making alone: those that
 * hecat_addrinfo_copy() returns and hecat_addrinfo_add() begins. The list of
 * getaddrinfo(3) or evutil_getaddrinfo() is freed by its first node and cannot
 * be taken apart; it is copied first.
 *
 * A list belongs to the caller, who may read all of it, set ports in it, cut it
 * in two and join two. *list is the first node, NULL: the list is empty. An
 * address is a sockaddr_in or a sockaddr_in6; an IPv4-mapped one becomes the
 * IPv4 address in it. After an error the list is as it was. Costs are linear in
 * the number of nodes, those of sorting n log n.
 */

/*
 * Returns a copy of a list of whatever making, which hecat_addrinfo_free()
 * frees. Each node has the flags, the type, the protocol and the canonical name
 * of the original, SOCK_STREAM and IPPROTO_TCP where that has 0; its
 * `ai_family` is that of its address. NULL with errno EINVAL: `list` is NULL,
 * or a node has an address of another family, or none; ENOMEM.
 */
struct evutil_addrinfo *hecat_addrinfo_copy(const struct evutil_addrinfo *list);

/* Frees all nodes of a list of hecat's own making. */
void hecat_addrinfo_free(struct evutil_addrinfo *list);

/*
 * Appends an address, of SOCK_STREAM and IPPROTO_TCP, to a list; its port may
 * be 0. The list is walked to its end: for a long one, give the `ai_next` of
 * the last node as `list`.
 */
int hecat_addrinfo_add(
    struct evutil_addrinfo **list, const struct sockaddr *address, int socklen);

/*
 * Interleaves the families (RFC 8305 section 4): `first_address_family_count`
 * addresses, 1 or more, of the family that leads, then one of each in turn;
 * the order within a family stays. `leading_family` is AF_INET, AF_INET6, or
 * AF_UNSPEC: that of the first node.
 */
int hecat_addrinfo_interleave(struct evutil_addrinfo **list, int leading_family,
    unsigned first_address_family_count);

/*
 * Sorts by RFC 6724 section 6, with the source addresses and the policy table
 * (/etc/gai.conf) of this host, as a connector does with HECAT_ORDER_SORTED
 * before it interleaves. Nothing is sent, and no node is left out: what cannot
 * be reached comes last. EMFILE, ENFILE, ENOBUFS: there is no descriptor to
 * find the sources with.
 */
int hecat_addrinfo_sort(struct evutil_addrinfo **list);

/*
 * Unlinks every node with that address, as getpeername(2) has it, and returns
 * them in their order as a list of its own for the caller to free. A port of 0
 * stands for any port; where one of two IPv6 addresses has no zone it is that
 * of the other. NULL with errno ENOENT: there is no such node; EINVAL.
 */
struct evutil_addrinfo *hecat_addrinfo_remove(
    struct evutil_addrinfo **list, const struct sockaddr *address, int socklen);

/*
 * Unlinks the first `per_family` nodes, 1 or more, of each family and returns
 * them in their order as a list of its own for the caller to free. NULL with
 * errno ENOENT: the list is empty; EINVAL.
 */
struct evutil_addrinfo *hecat_addrinfo_pop(
    struct evutil_addrinfo **list, unsigned per_family);

/*
 * Races of anything, by the rules of a connector: the caller has entries, whose
 * numbers are 0, 1, ... in the order of their start, and knows how to start one
 * and when it has failed or succeeded; the race says when the next one starts
 * and which one has won. The first success wins, and the others are cancelled.
 *
 * An entry starts a delay after the one before it has started, or at once when
 * the newest one has failed. Entries come from a source: each announcement says
 * how many more may be started. A source that has none for now announces
 * nothing, and some later; it is closed when it has no more, or fails. A race
 * is lost when its source is closed and each entry has failed.
 */

/*
 * The race as a pure state machine, for a loop of the caller's: it has no timer
 * and no clock. `now` is on any clock that never goes back, 0 or more, the same
 * clock in each call. After each event the caller does what there is to do:
 *
 *	while ((action = hecat_race_state_next(state, &now, &index, &due)) ==
 *	    HECAT_RACE_START)
 *		start_entry(index);
 *
 * and comes back at `due`, when an entry ends and when the source has more, or
 * finds that the race is decided.
 */

/*
 * Makes a race whose entries start `delay` after each other; 0: all at once,
 * NULL: one at a time. NULL with errno EINVAL: the delay is negative or not
 * normalised; ENOMEM. The caller frees it.
 */
struct hecat_race_state *hecat_race_state_new(const struct timeval *delay);
void hecat_race_state_free(struct hecat_race_state *state);

/*
 * Announces that `count` more entries, 1 or more, may be started. All memory
 * that they take is taken here. EINVAL: the source was closed.
 */
int hecat_race_state_more(struct hecat_race_state *state, size_t count);

/*
 * Closes the source: no more entries will be announced, those that were may
 * still start. `error` is why it failed, an errno or any number of the
 * caller's; 0: it did not. EALREADY: it was closed before.
 */
int hecat_race_state_close(struct hecat_race_state *state, int error);

/*
 * Returns what to do at `now`. HECAT_RACE_START: start entry *index, which
 * counts as started; each is returned once. HECAT_RACE_WAIT: nothing before
 * *due. HECAT_RACE_WAIT_EVENT: nothing before an entry ends, or the source
 * announces some or is closed. HECAT_RACE_DONE, from the decision on: *index
 * has won, the others that run are the caller's to cancel; HECAT_RACE_NOBODY:
 * all have failed. Only what is named is written. HECAT_RACE_ERROR with errno
 * EINVAL: an argument is NULL, or `now` is negative or not normalised.
 */
enum hecat_race_action hecat_race_state_next(struct hecat_race_state *state,
    const struct timeval *now, size_t *index, struct timeval *due);

/*
 * Report that entry `index` has succeeded, or that it failed at `now` with
 * `error`, an errno or any number of the caller's. EINVAL: it does not run, as
 * it was not started or has ended. EALREADY: it has succeeded, but another one
 * has won, and it is to be cancelled as before.
 */
int hecat_race_state_succeed(struct hecat_race_state *state, size_t index);
int hecat_race_state_fail(struct hecat_race_state *state, size_t index,
    int error, const struct timeval *now);

/* Returns the number of entries that were started. */
size_t hecat_race_state_get_count(const struct hecat_race_state *state);

/* Returns how many of them run; 0 once the race is decided. */
size_t hecat_race_state_get_running_count(const struct hecat_race_state *state);

/* Returns the state of an entry, also of one that was never announced. */
enum hecat_race_entry hecat_race_state_get_entry(
    const struct hecat_race_state *state, size_t index);

/* Returns what an entry failed with; 0 for one that has not. */
int hecat_race_state_get_error(
    const struct hecat_race_state *state, size_t index);

/* Returns what the source was closed with; 0 before. */
int hecat_race_state_get_source_error(const struct hecat_race_state *state);

/* Returns the entry that has won; HECAT_RACE_NOBODY: none (yet). */
size_t hecat_race_state_get_winner(const struct hecat_race_state *state);

/*
 * The race in an event loop: a state machine as above, with one timer. The
 * methods are called from the event loop, never from inside hecat_race_*(), but
 * that hecat_race_free() calls `cancel`. They may call all functions of the
 * race, hecat_race_free() too: then no other method follows, and the memory
 * goes when this one has returned.
 */
struct hecat_race_methods {
	size_t size; /* sizeof(struct hecat_race_methods) */
	/* Starts an entry. It may fail or succeed inside. */
	void (*start)(struct hecat_race *race, size_t index, void *arg);
	/*
	 * Gives up an entry that was started and has not ended: another one has
	 * won, or the race ends without a winner.
	 */
	void (*cancel)(struct hecat_race *race, size_t index, void *arg);
	/*
	 * Reports the end, once, after all that ran has been cancelled: the
	 * entry that has won, or HECAT_RACE_NOBODY.
	 */
	void (*done)(struct hecat_race *race, size_t winner, void *arg);
};

/*
 * Makes a race on `base`, with a delay as hecat_race_state_new() takes it. It
 * waits for the source. The methods are not copied: they outlive the race. NULL
 * with errno EINVAL: `base`, `methods` or a method is NULL, `size` is too
 * small, the delay is out of its bounds; ENOMEM.
 */
struct hecat_race *hecat_race_new(struct event_base *base,
    const struct timeval *delay, const struct hecat_race_methods *methods,
    void *arg);

/*
 * Ends and frees a race: calls `cancel` for each entry that runs, and no method
 * afterwards.
 */
void hecat_race_free(struct hecat_race *race);

/* Announce entries and close the source, as for the state machine. */
int hecat_race_more(struct hecat_race *race, size_t count);
int hecat_race_close(struct hecat_race *race, int error);

/*
 * Report that an entry has ended, now; as for the state machine. For lack of
 * memory they never fail. After a success that is refused with EALREADY
 * `cancel` follows for the entry as for all that run; after a failure it does
 * not. EALREADY also for what was cancelled.
 */
int hecat_race_succeed(struct hecat_race *race, size_t index);
int hecat_race_fail(struct hecat_race *race, size_t index, int error);

/*
 * Returns the state machine of the race, for its getters, valid until
 * hecat_race_free(). Where memory for the timer was lacking nobody has won, the
 * error of the source is ENOMEM, and what ran is cancelled.
 */
const struct hecat_race_state *hecat_race_get_state(
    const struct hecat_race *race);

struct event_base *hecat_race_get_base(const struct hecat_race *race);

/* Returns the `arg` of hecat_race_new(). */
void *hecat_race_get_arg(const struct hecat_race *race);

#ifdef __cplusplus
}
#endif

#endif
