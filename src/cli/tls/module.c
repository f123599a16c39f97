/* SPDX-License-Identifier: ISC */
/*
 * What the program finds in the module.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hecat_openssl.h"
#include "tls/connection.h"
#include "tls/context.h"
#include "tls/facts.h"
#include "tls/inner.h"
#include "tls/tls.h"

struct tls {
	struct hecat_openssl *openssl;
	tls_observer observer;
};

extern const struct tls_module hecat_tls_module;

static const char *
module_library(void)
{
	return (OpenSSL_version(OPENSSL_VERSION));
}

static void
module_on_handshake(
    const struct hecat_step *step, const SSL *ssl, const char *error, void *arg)
{
	struct tls *tls = arg;
	struct facts *facts;

	(void)error;
	if (tls->observer == NULL)
		return;
	facts = facts_new(ssl);
	if (facts != NULL)
		tls->observer(hecat_step_get_attempt(step), facts_get(facts),
		    hecat_connector_get_arg(hecat_step_get_connector(step)));
	facts_free(facts);
}

/* Sets what the settings have checked; false with errno. */
static bool
set_up(struct hecat_openssl *openssl, const struct tls_settings *settings)
{
	const struct timeval *timeout = &settings->handshake_timeout;
	bool is_limited = timeout->tv_sec > 0 || timeout->tv_usec > 0;

	if (settings->insecure)
		hecat_openssl_set_verify(openssl, HECAT_OPENSSL_VERIFY_NOTHING);
	hecat_openssl_set_padding(openssl, settings->padding);
	hecat_openssl_set_success(
	    openssl, settings->success, &settings->success_open);
	hecat_openssl_set_handshake_timeout(
	    openssl, is_limited ? timeout : NULL);
	return (
	    hecat_openssl_set_server_name(openssl, settings->server_name) == 0);
}

static void
module_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	hecat_openssl_free(tls->openssl);
	free(tls);
}

/* Writes why there is none, by errno, which stays. */
static struct tls *
fail(const struct tls_settings *settings, int reason, char *error)
{
	if (reason == EINVAL && settings->server_name_given)
		snprintf(error, TLS_ERROR_MAX,
		    "--server-name %s: not a host name, nor an address",
		    settings->server_name);
	else if (reason == EINVAL)
		snprintf(error, TLS_ERROR_MAX,
		    "%s: not a name for TLS; write its ASCII form (xn--), or"
		    " --server-name",
		    settings->server_name);
	else
		snprintf(error, TLS_ERROR_MAX, "out of memory");
	errno = reason;
	return (NULL);
}

static struct tls *
module_new(const struct tls_settings *settings, char *error)
{
	SSL_CTX *ctx = context_new(settings, error);
	struct tls *tls;
	int reason;

	if (ctx == NULL)
		return (NULL);
	errno = ENOMEM;
	tls = calloc(1, sizeof(*tls));
	if (tls != NULL)
		tls->openssl = hecat_openssl_new(ctx);
	SSL_CTX_free(ctx);
	if (tls != NULL && tls->openssl != NULL &&
	    set_up(tls->openssl, settings) &&
	    hecat_openssl_set_observer(
		tls->openssl, module_on_handshake, tls) == 0)
		return (tls);
	reason = errno == EINVAL ? EINVAL : ENOMEM;
	module_free(tls);
	return (fail(settings, reason, error));
}

static int
module_use(struct tls *tls, struct hecat_config *config)
{
	return (hecat_openssl_use(tls->openssl, config));
}

static void
module_observe(struct tls *tls, tls_observer observer)
{
	tls->observer = observer;
}

static struct tls_stream *
module_take(struct hecat_connector *connector)
{
	struct bufferevent *bufferevent = hecat_connector_take_bufferevent(
	    connector);

	return (bufferevent == NULL ? NULL : connection_new(bufferevent));
}

static struct tls_inner *
module_inner_new(struct tls *tls, struct event_base *base,
    struct tls_stream *outer, const struct tls_inner_methods *methods,
    void *arg)
{
	return (inner_new(tls->openssl, base, outer, methods, arg));
}

const struct tls_module hecat_tls_module = {
	.size = sizeof(hecat_tls_module),
	.version = HECAT_VERSION_NUMBER,
	.library = module_library,
	.new = module_new,
	.free = module_free,
	.use = module_use,
	.observe = module_observe,
	.take = module_take,
	.inner_new = module_inner_new,
	.inner_free = inner_free,
};
