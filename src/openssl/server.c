/* SPDX-License-Identifier: ISC */
/*
 * The name and the verification of one SSL.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "server.h"

/* Where an SSL has its server; -1: there is no room for that. */
static int server_index = -1;

static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static void
make_index(void)
{
	server_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* Keeps why a certificate is refused, after a callback of the caller's. */
static int
server_on_verify(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct server *server = SSL_get_ex_data(ssl, server_index);
	SSL_verify_cb callers = SSL_CTX_get_verify_callback(
	    SSL_get_SSL_CTX(ssl));

	if (callers != NULL)
		is_good = callers(is_good, store);
	if (!is_good && server != NULL)
		reason_of_certificate(store, server->name, server->reason);
	return (is_good);
}

/*
 * Returns the length of the address that `name` is, of which `bytes` are set;
 * 0: it is none.
 */
static size_t
address_of(const char *name, unsigned char *bytes)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_aton(name, (struct in_addr *)(void *)bytes) == 1)
		return (4);
	if (inet_pton(AF_INET6, name, bytes) != 1)
		return (0);
	if (memcmp(bytes, mapped, sizeof(mapped)) != 0)
		return (16);
	/* It is connected to over IPv4. */
	memmove(bytes, bytes + sizeof(mapped), 4);
	return (4);
}

/*
 * Writes a host, which may be "[::1]", "fe80::1%eth0" or "name.", as a name or
 * an address alone. Returns 0 where it is too long.
 */
static int
write_name(const char *host, char *name)
{
	size_t length;

	if (*host == '[')
		host++;
	length = strchr(host, ':') != NULL ? strcspn(host, "]%") : strlen(host);
	if (length > 0 && host[length - 1] == '.')
		length--;
	if (length >= SERVER_NAME_MAX)
		return (0);
	memcpy(name, host, length);
	name[length] = '\0';
	return (1);
}

int
server_is_name(const char *name)
{
	unsigned char bytes[16];
	char alone[SERVER_NAME_MAX];

	if (!write_name(name, alone) || alone[0] == '\0' || alone[0] == '.' ||
	    strstr(alone, "..") != NULL)
		return (0);
	for (const char *at = alone; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return (0);
	return (strchr(alone, ':') == NULL || address_of(alone, bytes) != 0);
}

/* Sets the name to send and to check. Returns 0 when out of memory. */
static int
set_name(struct server *server, SSL *ssl, int is_checked, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char *name = server->name;
	unsigned char bytes[16];
	size_t length;

	write_name(host, name);
	length = address_of(name, bytes);
	if (length > 0)
		return (!is_checked ||
		    X509_VERIFY_PARAM_set1_ip(param, bytes, length));
	if (SSL_set_tlsext_host_name(ssl, name) != 1)
		return (0);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_VERIFY_PARAM_get_hostflags(param) |
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return (!is_checked || SSL_set1_host(ssl, name) == 1);
}

int
server_set(struct server *server, SSL *ssl, enum hecat_openssl_verify verify,
    const char *name, const char **reason)
{
	int is_checked = verify == HECAT_OPENSSL_VERIFY_NAME;

	*reason = "out of memory";
	server->name[0] = server->reason[0] = '\0';
	pthread_once(&index_once, make_index);
	if (server_index == -1 || !SSL_set_ex_data(ssl, server_index, server))
		return (ENOMEM);
	if (verify == HECAT_OPENSSL_VERIFY_NOTHING)
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	else
		SSL_set_verify(ssl, SSL_VERIFY_PEER, server_on_verify);
	if (name != NULL && *name == '\0')
		return (0);
	if (name == NULL && is_checked)
		*reason = "there is no server name to verify";
	else if (name != NULL && !server_is_name(name))
		*reason = "the host is no server name: a name has to be in its"
			  " ASCII form (xn--)";
	else if (name == NULL || set_name(server, ssl, is_checked, name))
		return (0);
	else
		return (ENOMEM);
	return (EINVAL);
}

int
server_has_certificate(const SSL *ssl, enum hecat_openssl_verify verify)
{
	return (verify == HECAT_OPENSSL_VERIFY_NOTHING ||
	    SSL_get0_peer_certificate(ssl) != NULL);
}

void
server_forget(SSL *ssl)
{
	SSL_set_ex_data(ssl, server_index, NULL);
}
