/* SPDX-License-Identifier: ISC */
/*
 * The texts are copies: those of OpenSSL end with the handshake.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tls/facts.h"

struct facts {
	struct tls_facts shown;
	char *subject;
	char *issuer;
	char *alpn;
	char **names;
};

static char *
copy_bytes(const unsigned char *bytes, size_t length)
{
	char *copy = malloc(length + 1);

	if (copy == NULL)
		return (NULL);
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	/* A NUL inside would hide what follows it. */
	for (size_t i = 0; i < length; i++)
		if (copy[i] == '\0')
			copy[i] = '\x01';
	return (copy);
}

/* Writes a name in one line: "CN=www.test, O=Test"; NULL: it is empty. */
static char *
write_name(const X509_NAME *name)
{
	BIO *memory = BIO_new(BIO_s_mem());
	const unsigned char *bytes;
	char *copy = NULL;
	long length;

	if (memory == NULL)
		return (NULL);
	if (X509_NAME_print_ex(memory, name, 0,
		(XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB & ~XN_FLAG_SEP_MASK) |
		    XN_FLAG_SEP_CPLUS_SPC) >= 0) {
		length = BIO_get_mem_data(memory, (char **)(void *)&bytes);
		if (length > 0)
			copy = copy_bytes(bytes, (size_t)length);
	}
	BIO_free(memory);
	return (copy);
}

/* Copies a name of a host or an address; NULL where it is neither. */
static char *
copy_alternative(const GENERAL_NAME *name)
{
	const ASN1_STRING *value;
	char text[INET6_ADDRSTRLEN];
	int type, length;

	value = GENERAL_NAME_get0_value(name, &type);
	if (type == GEN_DNS)
		return (copy_bytes(ASN1_STRING_get0_data(value),
		    (size_t)ASN1_STRING_length(value)));
	length = type == GEN_IPADD ? ASN1_STRING_length(value) : 0;
	if ((length == 4 || length == 16) &&
	    inet_ntop(length == 4 ? AF_INET : AF_INET6,
		ASN1_STRING_get0_data(value), text, sizeof(text)) != NULL)
		return (strdup(text));
	return (NULL);
}

static void
gather_names(struct facts *facts, const X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(
	    certificate, NID_subject_alt_name, NULL, NULL);
	int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);

	if (count > 0)
		facts->names = calloc((size_t)count, sizeof(*facts->names));
	for (int i = 0; facts->names != NULL && i < count; i++) {
		char *copy = copy_alternative(sk_GENERAL_NAME_value(names, i));

		if (copy != NULL)
			facts->names[facts->shown.name_count++] = copy;
	}
	facts->shown.names = (const char *const *)facts->names;
	GENERAL_NAMES_free(names);
}

static int64_t
seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return (ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0);
}

/* The chain is that of a verification that has failed, too. */
static const X509 *
certificate_of(const SSL *ssl)
{
	const STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);

	if (chain != NULL && sk_X509_num(chain) > 0)
		return (sk_X509_value(chain, 0));
	return (SSL_get0_peer_certificate(ssl));
}

static void
gather_certificate(struct facts *facts, const SSL *ssl)
{
	struct tls_facts *shown = &facts->shown;
	const X509 *certificate = certificate_of(ssl);
	unsigned length = sizeof(shown->fingerprint);

	if (certificate == NULL)
		return;
	shown->has_certificate = true;
	shown->subject = facts->subject = write_name(
	    X509_get_subject_name(certificate));
	shown->issuer = facts->issuer = write_name(
	    X509_get_issuer_name(certificate));
	gather_names(facts, certificate);
	shown->not_before = seconds_of(X509_get0_notBefore(certificate));
	shown->not_after = seconds_of(X509_get0_notAfter(certificate));
	X509_digest(certificate, EVP_sha256(), shown->fingerprint, &length);
	shown->verify_error = SSL_get_verify_result(ssl);
	shown->verified = SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE &&
	    shown->verify_error == X509_V_OK && SSL_is_init_finished(ssl);
	shown->verify_text = X509_verify_cert_error_string(shown->verify_error);
}

/* The name of the group is one that OpenSSL has, where it has one. */
static const char *
group_of(const SSL *ssl)
{
	int id = (int)SSL_get_negotiated_group((SSL *)(uintptr_t)ssl);
	const char *name = id == NID_undef
	    ? NULL
	    : SSL_group_to_name((SSL *)(uintptr_t)ssl, id);

	return (name != NULL || id == NID_undef ? name : OBJ_nid2sn(id));
}

struct facts *
facts_new(const SSL *ssl)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const unsigned char *alpn;
	struct tls_facts *shown;
	unsigned length;

	if (facts == NULL)
		return (NULL);
	shown = &facts->shown;
	shown->version = cipher == NULL ? NULL : SSL_get_version(ssl);
	shown->cipher = cipher == NULL ? NULL : SSL_CIPHER_get_name(cipher);
	shown->group = cipher == NULL ? NULL : group_of(ssl);
	shown->resumed = SSL_session_reused(ssl) == 1;
	SSL_get0_alpn_selected(ssl, &alpn, &length);
	if (length > 0)
		shown->alpn = facts->alpn = copy_bytes(alpn, length);
	gather_certificate(facts, ssl);
	ERR_clear_error();
	return (facts);
}

const struct tls_facts *
facts_get(const struct facts *facts)
{
	return (&facts->shown);
}

void
facts_free(struct facts *facts)
{
	if (facts == NULL)
		return;
	for (size_t i = 0; i < facts->shown.name_count; i++)
		free(facts->names[i]);
	free(facts->names);
	free(facts->subject);
	free(facts->issuer);
	free(facts->alpn);
	free(facts);
}
