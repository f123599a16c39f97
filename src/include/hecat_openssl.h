/* SPDX-License-Identifier: ISC */
/*
 * hecat_openssl.h: TLS inside the race of a connector, by OpenSSL.
 *
 * The public header of libhecat_openssl. It is a step of libhecat (hecat.h,
 * hecat_config_set_step()): an attempt wins when its TLS handshake has
 * succeeded and the certificate of the peer is verified; one that fails goes on
 * to the next address.
 *
 *	tls = hecat_openssl_new(ctx);
 *	hecat_openssl_use(tls, config);
 *	connector = hecat_connector_new(
 *	    base, config, on_connected, on_failed, arg);
 *	hecat_connector_connect_hostname(connector, "example.com", "443");
 *
 * hecat_connector_take_bufferevent() then takes a bufferevent that speaks TLS;
 * bufferevent_openssl_get_ssl() has its SSL. hecat_connector_take_fd() has
 * nothing.
 *
 * What stands about the functions, structs and callbacks of hecat.h goes for
 * these, too. Use one in one thread at a time. No SIGPIPE is raised.
 */
#ifndef HECAT_OPENSSL_H
#define HECAT_OPENSSL_H

#include <openssl/ssl.h>

#include "hecat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How to do handshakes. */
struct hecat_openssl;

/*
 * Makes one for `ctx`, of which it keeps a reference: protocol versions,
 * ciphers, ALPN, the store of trusted certificates, a certificate of one's own
 * and a verify callback are set there. Returns NULL with errno EINVAL when
 * `ctx` is NULL, or ENOMEM.
 */
struct hecat_openssl *hecat_openssl_new(SSL_CTX *ctx);

/*
 * Frees it, after all connectors that use it: those that are freed inside a
 * callback use it until that has returned.
 */
void hecat_openssl_free(struct hecat_openssl *tls);

/* Makes it the step of `config`. It has to outlive each connector made so. */
int hecat_openssl_use(struct hecat_openssl *tls, struct hecat_config *config);

/*
 * The name that is sent to the peer (SNI, RFC 6066 section 3) and that its
 * certificate has to be for; NULL (default): the host of the connector. An
 * address is checked and not sent. A dot at the end does not count. "": no name
 * is sent, and none checked, whatever else is. EINVAL: no name of a host, as
 * one that is longer than 253 characters or not ASCII.
 *
 * This and all that is set below counts for every handshake that begins
 * afterwards, of whichever connector.
 */
int hecat_openssl_set_server_name(struct hecat_openssl *tls, const char *name);

/* What is verified of a certificate. */
enum hecat_openssl_verify {
	HECAT_OPENSSL_VERIFY_NOTHING,
	HECAT_OPENSSL_VERIFY_CHAIN, /* it is by a trusted authority, and valid
				     */
	HECAT_OPENSSL_VERIFY_NAME   /* and for the name (default) */
};

/*
 * Sets what is verified. Unless that is nothing, a peer that shows no
 * certificate fails. The names of a certificate are its subject alternative
 * names alone (RFC 9110 section 4.3.4).
 */
int hecat_openssl_set_verify(
    struct hecat_openssl *tls, enum hecat_openssl_verify verify);

/* The time of each handshake, 60 s; NULL: it never ends. More than 0. */
int hecat_openssl_set_handshake_timeout(
    struct hecat_openssl *tls, const struct timeval *timeout);

/*
 * Whether a ClientHello is padded to more than a full segment while other
 * addresses are left to try, 1: a path that drops full segments, as where the
 * path MTU is smaller than both ends believe, hangs in the handshake then, and
 * loses the race, and not in the middle of a transfer. The padding is an
 * extension whose number is reserved for what a server has to ignore (RFC 8701
 * section 3.1). Where the MSS is over 9216, as on loopback, there is none.
 */
int hecat_openssl_set_padding(struct hecat_openssl *tls, int on);

/*
 * What makes a handshake that is done a success: HECAT_SUCCESS_TCP (default):
 * nothing else; HECAT_SUCCESS_OPEN: the first byte of data has come, or neither
 * an end nor an alert for `open_time`, more than 0, NULL: the first byte alone
 * counts; HECAT_SUCCESS_DATA: the first byte of data has come. A peer may
 * refuse a certificate of TLS 1.3 only after the handshake.
 */
int hecat_openssl_set_success(struct hecat_openssl *tls,
    enum hecat_success success, const struct timeval *open_time);

/*
 * Observes handshakes: called when one has ended, before the connector knows;
 * not when it was given up. `ssl` is valid inside; `error` is NULL after a
 * success, else why it failed.
 */
typedef void (*hecat_openssl_observer_cb)(const struct hecat_step *step,
    const SSL *ssl, const char *error, void *arg);

/* Sets the observer; NULL: none. */
int hecat_openssl_set_observer(
    struct hecat_openssl *tls, hecat_openssl_observer_cb observer, void *arg);

/*
 * Return what was set. A duration is written to *tv; NULL: it never ends. An
 * argument of a callback is written to *arg, which may be NULL.
 */
SSL_CTX *hecat_openssl_get_ctx(const struct hecat_openssl *tls);
const char *hecat_openssl_get_server_name(const struct hecat_openssl *tls);
enum hecat_openssl_verify hecat_openssl_get_verify(
    const struct hecat_openssl *tls);
const struct timeval *hecat_openssl_get_handshake_timeout(
    const struct hecat_openssl *tls, struct timeval *tv);
int hecat_openssl_has_padding(const struct hecat_openssl *tls);
enum hecat_success hecat_openssl_get_success(const struct hecat_openssl *tls);
const struct timeval *hecat_openssl_get_success_open_time(
    const struct hecat_openssl *tls, struct timeval *tv);
hecat_openssl_observer_cb hecat_openssl_get_observer(
    const struct hecat_openssl *tls, void **arg);

/*
 * Writes what an error of OpenSSL's, as bufferevent_get_openssl_error() has it
 * of a connection, means: one line of text, like snprintf(3). Texts are those
 * of OpenSSL and have no bytes of the peer's.
 */
int hecat_openssl_format_error(unsigned long code, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
