/* SPDX-License-Identifier: ISC */
/*
 * The files are read before anything is sent, and each is blamed for what is
 * wrong with it.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tls/context.h"

/* How much is received by one call: a few records. */
#define READ_BYTES ((size_t)128 * 1024)

/* A line of a key log: a label, and two numbers of 32 and 64 bytes at most. */
#define KEY_LOG_MAX 512

static int key_log = -1;

/* The line and its end in one write: other processes may share the file. */
static void
log_key(const SSL *ssl, const char *line)
{
	char text[KEY_LOG_MAX];
	int length = snprintf(text, sizeof(text), "%s\n", line);

	(void)ssl;
	if (length > 0 && (size_t)length < sizeof(text) &&
	    write(key_log, text, (size_t)length) == -1)
		key_log = -1;
}

/* Writes the error line about a file, whose option is `option`; sets errno. */
static bool
fail_file(char *error, const char *option, const char *path, const char *text)
{
	snprintf(error, TLS_ERROR_MAX, "%s %s: %s", option, path, text);
	ERR_clear_error();
	errno = EINVAL;
	return (false);
}

static bool
fail_memory(char *error, const char *option, const char *path)
{
	fail_file(error, option, path, "out of memory");
	errno = ENOMEM;
	return (false);
}

/* Returns the errno that OpenSSL met with a file, or else `text`. */
static const char *
system_error_or(const char *text)
{
	unsigned long code = ERR_peek_error();

	return (ERR_GET_LIB(code) == ERR_LIB_SYS
		? strerror(ERR_GET_REASON(code))
		: text);
}

static bool
load_directory(SSL_CTX *ctx, const char *path, char *error)
{
	struct stat status;

	if (stat(path, &status) == -1)
		return (fail_file(error, "--ca-path", path, strerror(errno)));
	if (!S_ISDIR(status.st_mode))
		return (fail_file(error, "--ca-path", path,
		    "not a directory; write --ca-file for a file"));
	return (SSL_CTX_load_verify_dir(ctx, path) == 1 ||
	    fail_memory(error, "--ca-path", path));
}

static bool
load_authorities(SSL_CTX *ctx, const struct tls_settings *settings, char *error)
{
	const char *file = settings->ca_file;

	if (settings->insecure)
		return (true);
	if (file == NULL && settings->ca_path == NULL) {
		/* As everywhere: where there are none, nobody is trusted. */
		SSL_CTX_set_default_verify_paths(ctx);
		ERR_clear_error();
		return (true);
	}
	if (file != NULL && SSL_CTX_load_verify_file(ctx, file) != 1)
		return (fail_file(error, "--ca-file", file,
		    system_error_or("has no certificate in PEM form")));
	return (settings->ca_path == NULL ||
	    load_directory(ctx, settings->ca_path, error));
}

/* Notes that a passphrase is asked for, and gives none. */
static int
refuse_passphrase(char *buffer, int size, int is_written, void *arg)
{
	(void)size;
	(void)is_written;
	buffer[0] = '\0';
	*(bool *)arg = true;
	return (-1);
}

/* Returns what is wrong with a private key that was read, or NULL. */
static const char *
key_fault(const EVP_PKEY *key, bool needs_passphrase, const struct stat *status,
    bool is_read_again)
{
	if (needs_passphrase)
		return ("the key has a passphrase; write it without one to a"
			" file for --key: openssl pkey -in FILE -out NEW");
	if (key == NULL && is_read_again && !S_ISREG(status->st_mode))
		return ("a pipe is read only once; give the key with --key");
	if (key == NULL)
		return ("has no private key in PEM form");
	/* A pipe, as the shell makes one for <(...), has no readers. */
	if (S_ISREG(status->st_mode) && (status->st_mode & S_IROTH) != 0)
		return ("other users can read the key; chmod o-r FILE");
	return (NULL);
}

/*
 * Reads a private key, the caller's to free; NULL with a line in `error`. The
 * file was read before if it is that of the certificate.
 */
static EVP_PKEY *
read_key(const char *option, const char *path, bool is_read_again, char *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	BIO *bio = fd == -1 ? NULL : BIO_new_fd(fd, BIO_CLOSE);
	bool needs_passphrase = false;
	const char *fault;
	struct stat status;
	EVP_PKEY *key;

	if (bio == NULL || fstat(fd, &status) == -1) {
		if (fd == -1)
			fail_file(error, option, path, strerror(errno));
		else
			fail_memory(error, option, path);
		if (bio == NULL && fd != -1)
			close(fd);
		BIO_free(bio);
		return (NULL);
	}
	key = PEM_read_bio_PrivateKey(
	    bio, NULL, refuse_passphrase, &needs_passphrase);
	BIO_free(bio);
	fault = key_fault(key, needs_passphrase, &status, is_read_again);
	if (fault == NULL)
		return (key);
	EVP_PKEY_free(key);
	fail_file(error, option, path, fault);
	return (NULL);
}

/* Sets the certificate of our own, and its key. */
static bool
load_certificate(SSL_CTX *ctx, const struct tls_settings *settings, char *error)
{
	const char *option = settings->key != NULL ? "--key" : "--cert";
	const char *path = settings->key != NULL ? settings->key
						 : settings->cert;
	EVP_PKEY *key;
	bool fits;

	if (settings->cert == NULL)
		return (true);
	if (SSL_CTX_use_certificate_chain_file(ctx, settings->cert) != 1)
		return (fail_file(error, "--cert", settings->cert,
		    system_error_or("has no certificate in PEM form")));
	key = read_key(option, path, settings->key == NULL, error);
	if (key == NULL)
		return (false);
	fits = SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(key);
	return (fits ||
	    fail_file(error, option, path,
		"the key does not belong to the certificate of --cert"));
}

/* Writes the protocols as they are sent: each behind its length. */
static size_t
encode_alpn(const char *list, unsigned char *out)
{
	size_t used = 0;

	for (const char *at = list; *at != '\0';) {
		size_t length = strcspn(at, ",");

		out[used++] = (unsigned char)length;
		memcpy(out + used, at, length);
		used += length;
		at += length;
		at += *at == ',';
	}
	return (used);
}

static bool
set_alpn(SSL_CTX *ctx, const char *list, char *error)
{
	unsigned char *encoded;
	bool is_set;

	if (list == NULL)
		return (true);
	encoded = malloc(strlen(list) + 1);
	is_set = encoded != NULL &&
	    SSL_CTX_set_alpn_protos(
		ctx, encoded, (unsigned)encode_alpn(list, encoded)) == 0;
	free(encoded);
	return (is_set || fail_memory(error, "--alpn", list));
}

SSL_CTX *
context_new(const struct tls_settings *settings, char *error)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	int reason;

	if (ctx == NULL) {
		snprintf(error, TLS_ERROR_MAX, "OpenSSL does not start");
		errno = ENOMEM;
		return (NULL);
	}
	SSL_CTX_set_min_proto_version(
	    ctx, settings->min_version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_BYTES);
	key_log = settings->key_log;
	if (key_log != -1)
		SSL_CTX_set_keylog_callback(ctx, log_key);
	if (load_authorities(ctx, settings, error) &&
	    load_certificate(ctx, settings, error) &&
	    set_alpn(ctx, settings->alpn, error))
		return (ctx);
	reason = errno;
	SSL_CTX_free(ctx);
	errno = reason;
	return (NULL);
}
