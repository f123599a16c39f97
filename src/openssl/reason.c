/* SPDX-License-Identifier: ISC */
/*
 * What OpenSSL reports, as a reader of reports would put it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Before a header below defines _GNU_SOURCE, too late for glibc. */
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
#define HAS_GNU_STRERROR_R
#endif

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "hecat_openssl.h"
#include "reason.h"

/* The most names of a certificate that are written. */
#define NAMES_MAX 3

/* Bytes that hold a name, or a date, that is written. */
#define NAME_MAX_BYTES 80

/* An alert of the peer is a reason code from here on. */
#define ALERT_REASONS SSL_AD_REASON_OFFSET

/* Writes the day of `time`: "2026-01-31". */
static const char *
write_day(const ASN1_TIME *time, char *text)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) == 0)
		snprintf(text, NAME_MAX_BYTES, "an unknown day");
	else
		snprintf(text, NAME_MAX_BYTES, "%04d-%02d-%02d",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	return (text);
}

/* Writes the common name, or else the organization, in `name`. */
static const char *
write_common_name(const X509_NAME *name, char *text)
{
	static const int parts[] = { NID_commonName, NID_organizationName };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (X509_NAME_get_text_by_NID((X509_NAME *)(uintptr_t)name,
			parts[i], text, NAME_MAX_BYTES) > 0)
			return (text);
	snprintf(text, NAME_MAX_BYTES, "no name");
	return (text);
}

/* Writes a name of a certificate; returns whether it is one of a host. */
static int
write_name(const GENERAL_NAME *name, char *text)
{
	const ASN1_STRING *value;
	int type, length;

	value = GENERAL_NAME_get0_value(name, &type);
	if (type == GEN_DNS) {
		snprintf(text, NAME_MAX_BYTES, "%.*s",
		    ASN1_STRING_length(value), ASN1_STRING_get0_data(value));
		return (1);
	}
	/* A certificate may have any number of bytes for an address. */
	length = type == GEN_IPADD ? ASN1_STRING_length(value) : 0;
	if (length != 4 && length != 16)
		return (0);
	return (
	    inet_ntop(length == 4 ? AF_INET : AF_INET6,
		ASN1_STRING_get0_data(value), text, NAME_MAX_BYTES) != NULL);
}

/* Writes the names that the certificate is for: "a.test, b.test and 4 more". */
static void
write_names(const X509 *certificate, char *text, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(
	    certificate, NID_subject_alt_name, NULL, NULL);
	int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);
	char name[NAME_MAX_BYTES];
	int written = 0, more = 0;
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < count; i++) {
		if (!write_name(sk_GENERAL_NAME_value(names, i), name))
			continue;
		if (written == NAMES_MAX) {
			more++;
			continue;
		}
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    written++ == 0 ? "" : ", ", name);
		if (used >= size)
			used = size - 1;
	}
	if (more > 0)
		snprintf(text + used, size - used, " and %d more", more);
	/* Nobody else takes it for a name of the host any more. */
	if (written == 0)
		snprintf(text, size,
		    "%s (its common name, which does not count)",
		    write_common_name(
			X509_get_subject_name(certificate), name));
	GENERAL_NAMES_free(names);
}

void
reason_of_certificate(X509_STORE_CTX *store, const char *name, char *text)
{
	int error = X509_STORE_CTX_get_error(store);
	const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
	const char *whose = X509_STORE_CTX_get_error_depth(store) > 0
	    ? "certificate of the issuer"
	    : "certificate";
	char names[NAME_MAX_BYTES + 100], part[NAME_MAX_BYTES];

	switch (certificate == NULL ? X509_V_ERR_UNSPECIFIED : error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		snprintf(text, REASON_MAX, "%s expired on %s", whose,
		    write_day(X509_get0_notAfter(certificate), part));
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(text, REASON_MAX, "%s is not valid before %s", whose,
		    write_day(X509_get0_notBefore(certificate), part));
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		snprintf(text, REASON_MAX, "certificate is self-signed");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		snprintf(text, REASON_MAX,
		    "certificate is by %s, which is not trusted here",
		    write_common_name(
			X509_get_subject_name(certificate), part));
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		snprintf(text, REASON_MAX,
		    "%s is by %s, which is not known here", whose,
		    write_common_name(X509_get_issuer_name(certificate), part));
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		write_names(certificate, names, sizeof(names));
		snprintf(text, REASON_MAX,
		    "certificate is for %.150s, not %.60s", names, name);
		break;
	default:
		snprintf(text, REASON_MAX, "%s: %s", whose,
		    X509_verify_cert_error_string(error));
		break;
	}
}

/*
 * Returns the name of the alert of the peer that an error is; NULL: it is none.
 * SSL_alert_desc_string_long(3) does not know those of TLS 1.3.
 */
static const char *
alert_of(unsigned long code)
{
	static const char before[] = " alert ";
	int reason = ERR_GET_REASON(code);
	const char *words = ERR_reason_error_string(code), *name;

	if (ERR_GET_LIB(code) != ERR_LIB_SSL || reason < ALERT_REASONS ||
	    reason > ALERT_REASONS + UINT8_MAX)
		return (NULL);
	name = words == NULL ? NULL : strstr(words, before);
	return (name == NULL
		? SSL_alert_desc_string_long(reason - ALERT_REASONS)
		: name + strlen(before));
}

/* Returns where a failure was met. */
static const char *
where(int is_done)
{
	return (is_done ? "after the TLS handshake" : "in the TLS handshake");
}

/* Writes what an error of OpenSSL means; returns the errno of it. */
static int
write_protocol_error(unsigned long code, int is_done, char *text)
{
	int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code)
						      : -1;
	const char *words = ERR_reason_error_string(code);

	if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE) {
		snprintf(text, REASON_MAX, "out of memory");
		return (ENOMEM);
	}
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		snprintf(
		    text, REASON_MAX, "closed by the peer %s", where(is_done));
	else if (!is_done &&
	    (reason == SSL_R_WRONG_VERSION_NUMBER ||
		reason == SSL_R_HTTP_REQUEST ||
		reason == SSL_R_PACKET_LENGTH_TOO_LONG))
		snprintf(text, REASON_MAX, "the peer does not speak TLS here");
	else if (reason == SSL_R_UNSUPPORTED_PROTOCOL ||
	    reason == SSL_R_NO_PROTOCOLS_AVAILABLE)
		snprintf(text, REASON_MAX, "no TLS version in common");
	else if (alert_of(code) != NULL)
		snprintf(text, REASON_MAX, "the peer refused: TLS alert %s",
		    alert_of(code));
	else
		snprintf(text, REASON_MAX, "TLS %sfailed: %s",
		    is_done ? "" : "handshake ",
		    words == NULL ? "no reason given" : words);
	return (EPROTO);
}

int
hecat_openssl_format_error(unsigned long code, char *text, size_t size)
{
	char reason[REASON_MAX];

	if (text == NULL && size > 0) {
		errno = EINVAL;
		return (-1);
	}
	write_protocol_error(code, 1, reason);
	return (snprintf(text, size, "%s", reason));
}

/* Writes the text of an errno. strerror(3) is not safe in threads. */
static void
write_system_error(int error, int is_done, char *text)
{
	char bytes[NAME_MAX_BYTES] = "";
#ifdef HAS_GNU_STRERROR_R
	const char *words = strerror_r(error, bytes, sizeof(bytes));
#else
	const char *words = bytes;

	if (strerror_r(error, bytes, sizeof(bytes)) != 0)
		snprintf(bytes, sizeof(bytes), "errno %d", error);
#endif
	snprintf(text, REASON_MAX, "%s %s", words, where(is_done));
}

int
reason_of_handshake(int error, int system_error, int is_done, char *text)
{
	unsigned long code = ERR_peek_error();

	if (error == SSL_ERROR_SSL && code != 0)
		return (write_protocol_error(code, is_done, text));
	if (error == SSL_ERROR_SYSCALL && system_error != 0) {
		write_system_error(system_error, is_done, text);
		return (system_error);
	}
	snprintf(text, REASON_MAX, "%s %s",
	    error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN
		? "closed by the peer"
		: "cannot go on",
	    where(is_done));
	return (EPROTO);
}

void
reason_of_timeout(const struct timeval *timeout, char *text)
{
	if (timeout->tv_sec == 0)
		snprintf(text, REASON_MAX, "no TLS handshake in %ld ms",
		    (long)timeout->tv_usec / 1000);
	else
		snprintf(text, REASON_MAX, "no TLS handshake in %.1f s",
		    (double)timeout->tv_sec + (double)timeout->tv_usec / 1e6);
}
