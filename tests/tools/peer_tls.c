/* SPDX-License-Identifier: ISC */
/*
 * OpenSSL with blocking calls. A build without OpenSSL has a peer that speaks
 * no TLS.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peer_tls.h"

#ifdef PEER_WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

struct peer_tls {
	SSL_CTX *ctx;
	SSL *ssl;
};

/* Chooses the one protocol, if the client offers it. */
static int
choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *length,
    const unsigned char *in, unsigned size, void *arg)
{
	const struct peer_tls_config *config = arg;
	const char *wanted = config->alpn;

	(void)ssl;
	for (unsigned i = 0; i < size; i += 1U + in[i]) {
		if (in[i] != strlen(wanted) ||
		    memcmp(in + i + 1, wanted, in[i]) != 0)
			continue;
		*out = in + i + 1;
		*length = in[i];
		return (SSL_TLSEXT_ERR_OK);
	}
	return (config->needs_alpn ? SSL_TLSEXT_ERR_ALERT_FATAL
				   : SSL_TLSEXT_ERR_NOACK);
}

static void
set_up(SSL_CTX *ctx, const struct peer_tls_config *config)
{
	const char *pem = config->certificate;

	/* They may lower the security level, that the certificate needs. */
	if (config->ciphers != NULL &&
	    SSL_CTX_set_cipher_list(ctx, config->ciphers) != 1)
		errx(2, "%s: no ciphers", config->ciphers);
	if (SSL_CTX_use_certificate_chain_file(ctx, pem) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) != 1)
		errx(2, "%s: no certificate with its key", pem);
	if (config->ca != NULL) {
		if (SSL_CTX_load_verify_file(ctx, config->ca) != 1)
			errx(2, "%s: no certificate", config->ca);
		SSL_CTX_set_verify(ctx,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	if (config->version != 0) {
		/* 11: TLS 1.1; 12; 13. */
		int version = TLS1_VERSION - 10 + config->version;

		SSL_CTX_set_min_proto_version(ctx, version);
		SSL_CTX_set_max_proto_version(ctx, version);
	}
	if (config->alpn != NULL)
		SSL_CTX_set_alpn_select_cb(
		    ctx, choose_alpn, (void *)(uintptr_t)config);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	SSL_CTX_set_num_tickets(ctx, config->tickets);
}

static void
tls_free(struct peer_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->ctx);
	free(tls);
}

static struct peer_tls *
tls_accept(int fd, const struct peer_tls_config *config)
{
	struct peer_tls *tls = calloc(1, sizeof(*tls));
	int on = 1;

	if (tls == NULL)
		err(1, "calloc");
	tls->ctx = SSL_CTX_new(TLS_server_method());
	if (tls->ctx == NULL)
		errx(1, "SSL_CTX_new");
	set_up(tls->ctx, config);
	tls->ssl = SSL_new(tls->ctx);
	if (tls->ssl == NULL || SSL_set_fd(tls->ssl, fd) != 1)
		errx(1, "SSL_new");
	/* What a reset follows is not to be held back. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (SSL_accept(tls->ssl) == 1)
		return (tls);
	warnx("handshake: %s", ERR_reason_error_string(ERR_peek_error()));
	tls_free(tls);
	return (NULL);
}

static void
tls_report(struct peer_tls *tls, FILE *report)
{
	const char *name = SSL_get_servername(
	    tls->ssl, TLSEXT_NAMETYPE_host_name);
	const unsigned char *alpn;
	unsigned length;
	X509 *client = SSL_get0_peer_certificate(tls->ssl);
	char subject[200] = "none";

	SSL_get0_alpn_selected(tls->ssl, &alpn, &length);
	if (client != NULL)
		X509_NAME_oneline(
		    X509_get_subject_name(client), subject, sizeof(subject));
	fprintf(report, "tls=%s sni=%s alpn=%.*s client=%s ",
	    SSL_get_version(tls->ssl), name == NULL ? "none" : name,
	    length == 0 ? 4 : (int)length,
	    length == 0 ? "none" : (const char *)alpn, subject);
}

/* Returns what recv(2) or send(2) would. */
static ssize_t
settle(struct peer_tls *tls, int result)
{
	int system_error = errno;
	int error = SSL_get_error(tls->ssl, result);

	if (result > 0)
		return (result);
	if (error == SSL_ERROR_ZERO_RETURN)
		return (0);
	errno = system_error != 0 ? system_error : EPROTO;
	if (error == SSL_ERROR_SSL &&
	    ERR_GET_REASON(ERR_peek_error()) ==
		SSL_R_UNEXPECTED_EOF_WHILE_READING)
		errno = ENODATA;
	ERR_clear_error();
	return (-1);
}

static ssize_t
tls_recv(struct peer_tls *tls, void *bytes, size_t size)
{
	errno = 0;
	return (settle(tls, SSL_read(tls->ssl, bytes, (int)size)));
}

static ssize_t
tls_send(struct peer_tls *tls, const void *bytes, size_t size)
{
	ssize_t n;

	errno = 0;
	n = settle(tls, SSL_write(tls->ssl, bytes, (int)size));
	return (n == 0 ? -1 : n);
}

static bool
tls_has_unread(struct peer_tls *tls)
{
	return (SSL_has_pending(tls->ssl) == 1);
}

static bool
tls_has_ended(struct peer_tls *tls)
{
	char byte;
	bool has_ended = SSL_peek(tls->ssl, &byte, 1) <= 0;

	ERR_clear_error();
	return (has_ended);
}

static bool
tls_shutdown(struct peer_tls *tls)
{
	bool sent = SSL_shutdown(tls->ssl) >= 0;

	ERR_clear_error();
	return (sent);
}

static bool
tls_update_keys(struct peer_tls *tls)
{
	return (SSL_key_update(tls->ssl, SSL_KEY_UPDATE_REQUESTED) == 1 &&
	    SSL_do_handshake(tls->ssl) == 1);
}

/* One that is asked for already is enough: OpenSSL's client fails at two. */
static bool
tls_renegotiate(struct peer_tls *tls)
{
	return (SSL_renegotiate_pending(tls->ssl) ||
	    (SSL_renegotiate(tls->ssl) == 1 &&
		SSL_do_handshake(tls->ssl) == 1));
}

/* The alert is sent where the client has answered. */
static void
tls_refuse(struct peer_tls *tls)
{
	char byte;

	SSL_set_session_id_context(tls->ssl, (const unsigned char *)"", 1);
	SSL_set_verify(
	    tls->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	if (tls_renegotiate(tls))
		while (SSL_read(tls->ssl, &byte, 1) > 0)
			;
	ERR_clear_error();
}

const struct peer_tls_ops *const peer_tls = &(const struct peer_tls_ops){
	.accept = tls_accept,
	.report = tls_report,
	.recv = tls_recv,
	.send = tls_send,
	.has_unread = tls_has_unread,
	.has_ended = tls_has_ended,
	.shutdown = tls_shutdown,
	.update_keys = tls_update_keys,
	.renegotiate = tls_renegotiate,
	.refuse = tls_refuse,
	.free = tls_free,
};
#else
const struct peer_tls_ops *const peer_tls = NULL;
#endif
