/* SPDX-License-Identifier: ISC */
/*
 * A server in one thread: it encrypts and decrypts, and nothing else. What it
 * can do is the ceiling of the rates, as the relay has the same to do.
 */
#include "endpoint_tls.h"

#ifdef BENCH_WITH_TLS
#include <sys/socket.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define DAY           (24 * 60 * 60)
#define PIECE_BYTES   ((size_t)256 * 1024)
#define RECEIVE_BYTES ((size_t)256 * 1024)

static SSL_CTX *ctx;

static void
fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static X509 *
make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_set_version(certificate, 2);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY);
	X509_gmtime_adj(X509_getm_notAfter(certificate), DAY);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	if (names == NULL || X509_add_ext(certificate, names, -1) != 1 ||
	    X509_sign(certificate, key, EVP_sha256()) == 0)
		fail("no certificate");
	X509_EXTENSION_free(names);
	return (certificate);
}

int
endpoint_tls_init(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key);
	FILE *file = fopen(path, "w");

	if (file == NULL || PEM_write_X509(file, certificate) != 1 ||
	    fclose(file) != 0)
		fail(path);
	ctx = SSL_CTX_new(TLS_server_method());
	if (ctx == NULL || SSL_CTX_use_certificate(ctx, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		fail("no context");
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, RECEIVE_BYTES);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return (0);
}

/* Accepts, and does the handshake; exits where that fails. */
static SSL *
accept_tls(int fd)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1)
		_exit(1);
	return (ssl);
}

/* Sends and receives by turns, as far as the connection allows it. */
static void
exchange(SSL *ssl, int fd, struct marks *marks)
{
	static char out[PIECE_BYTES], in[RECEIVE_BYTES];
	uint64_t rest = marks->amount[FLOW_DOWN];
	bool receiving = true, ended = false;

	memset(out, 'x', sizeof(out));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (receiving || rest > 0) {
		struct pollfd entry = { .fd = fd };
		bool moved = false;
		int n;

		if (rest > 0) {
			n = SSL_write(ssl, out,
			    (int)(rest < sizeof(out) ? rest : sizeof(out)));
			rest -= n > 0 ? (uint64_t)n : 0;
			moved = n > 0;
		}
		if (receiving) {
			n = SSL_read(ssl, in, sizeof(in));
			if (n > 0)
				endpoint_note(marks, FLOW_UP, (size_t)n);
			moved = moved || n > 0;
			receiving = n > 0 ||
			    SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ;
		}
		/* A client that does not end by itself is told to. */
		if (!ended && rest == 0 &&
		    marks->bytes[FLOW_UP] >= marks->amount[FLOW_UP]) {
			SSL_shutdown(ssl);
			shutdown(fd, SHUT_WR);
			ended = true;
		}
		entry.events = (short)((receiving ? POLLIN : 0) |
		    (rest > 0 ? POLLOUT : 0));
		if (!moved && entry.events != 0)
			poll(&entry, 1, -1);
	}
	if (!ended)
		SSL_shutdown(ssl);
}

pid_t
endpoint_serve_tls(int listener, struct marks *marks)
{
	pid_t pid;
	SSL *ssl;
	int fd;

	if (!endpoint_start(&pid, listener, -1, -1))
		return (pid);
	fd = endpoint_accept(listener, marks);
	ssl = accept_tls(fd);
	marks->accepted = clock_ns();
	exchange(ssl, fd, marks);
	_exit(0);
}

pid_t
endpoint_greet_tls(int listener, struct marks *marks)
{
	pid_t pid;
	SSL *ssl;
	char byte = 'x';
	int fd;

	if (!endpoint_start(&pid, listener, -1, -1))
		return (pid);
	fd = endpoint_accept(listener, marks);
	ssl = accept_tls(fd);
	SSL_write(ssl, &byte, 1);
	SSL_shutdown(ssl);
	shutdown(fd, SHUT_WR);
	while (SSL_read(ssl, &byte, 1) > 0)
		;
	_exit(0);
}
#else
int
endpoint_tls_init(const char *path)
{
	(void)path;
	return (-1);
}

pid_t
endpoint_serve_tls(int listener, struct marks *marks)
{
	(void)listener;
	(void)marks;
	return (0);
}

pid_t
endpoint_greet_tls(int listener, struct marks *marks)
{
	(void)listener;
	(void)marks;
	return (0);
}
#endif
