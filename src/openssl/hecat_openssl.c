/* SPDX-License-Identifier: ISC */
/*
 * What hecat_openssl.h sets: checked, and kept for the handshakes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handshake.h"
#include "server.h"

#define HANDSHAKE_SECONDS 60

/* Returns 0, or -1 with errno EINVAL. */
static int
check(int is_valid)
{
	if (is_valid)
		return (0);
	errno = EINVAL;
	return (-1);
}

struct hecat_openssl *
hecat_openssl_new(SSL_CTX *ctx)
{
	struct hecat_openssl *tls;

	if (check(ctx != NULL) == -1)
		return (NULL);
	tls = calloc(1, sizeof(*tls));
	if (tls == NULL || SSL_CTX_up_ref(ctx) == 0) {
		free(tls);
		errno = ENOMEM;
		return (NULL);
	}
	tls->ctx = ctx;
	tls->verify = HECAT_OPENSSL_VERIFY_NAME;
	tls->padding = 1;
	handshake_prepare_padding(ctx);
	tls->timeout.tv_sec = HANDSHAKE_SECONDS;
	tls->has_timeout = 1;
	tls->success = HECAT_SUCCESS_TCP;
	return (tls);
}

void
hecat_openssl_free(struct hecat_openssl *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls->server_name);
	free(tls);
}

int
hecat_openssl_use(struct hecat_openssl *tls, struct hecat_config *config)
{
	if (check(tls != NULL && config != NULL) == -1)
		return (-1);
	return (hecat_config_set_step(config, &handshake_methods, tls));
}

int
hecat_openssl_set_server_name(struct hecat_openssl *tls, const char *name)
{
	char *copy = NULL;

	if (check(tls != NULL &&
		(name == NULL || *name == '\0' || server_is_name(name))) == -1)
		return (-1);
	if (name != NULL) {
		copy = strdup(name);
		if (copy == NULL)
			return (-1);
	}
	free(tls->server_name);
	tls->server_name = copy;
	return (0);
}

int
hecat_openssl_set_verify(
    struct hecat_openssl *tls, enum hecat_openssl_verify verify)
{
	if (check(tls != NULL &&
		(verify == HECAT_OPENSSL_VERIFY_NOTHING ||
		    verify == HECAT_OPENSSL_VERIFY_CHAIN ||
		    verify == HECAT_OPENSSL_VERIFY_NAME)) == -1)
		return (-1);
	tls->verify = verify;
	return (0);
}

int
hecat_openssl_set_padding(struct hecat_openssl *tls, int on)
{
	if (check(tls != NULL) == -1)
		return (-1);
	tls->padding = on != 0;
	return (0);
}

/* Returns whether it is a duration of more than 0. */
static int
is_duration(const struct timeval *tv)
{
	return (tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000 &&
	    (tv->tv_sec > 0 || tv->tv_usec > 0));
}

int
hecat_openssl_set_success(struct hecat_openssl *tls, enum hecat_success success,
    const struct timeval *open_time)
{
	int has_time = success == HECAT_SUCCESS_OPEN && open_time != NULL;

	if (check(tls != NULL &&
		(success == HECAT_SUCCESS_TCP ||
		    success == HECAT_SUCCESS_OPEN ||
		    success == HECAT_SUCCESS_DATA) &&
		(!has_time || is_duration(open_time))) == -1)
		return (-1);
	tls->success = success;
	tls->has_open_time = has_time;
	if (has_time)
		tls->open_time = *open_time;
	return (0);
}

int
hecat_openssl_set_handshake_timeout(
    struct hecat_openssl *tls, const struct timeval *timeout)
{
	if (check(tls != NULL && (timeout == NULL || is_duration(timeout))) ==
	    -1)
		return (-1);
	tls->has_timeout = timeout != NULL;
	if (timeout != NULL)
		tls->timeout = *timeout;
	return (0);
}

int
hecat_openssl_set_observer(
    struct hecat_openssl *tls, hecat_openssl_observer_cb observer, void *arg)
{
	if (check(tls != NULL) == -1)
		return (-1);
	tls->observer = observer;
	tls->observer_arg = arg;
	return (0);
}

SSL_CTX *
hecat_openssl_get_ctx(const struct hecat_openssl *tls)
{
	return (tls->ctx);
}

const char *
hecat_openssl_get_server_name(const struct hecat_openssl *tls)
{
	return (tls->server_name);
}

enum hecat_openssl_verify
hecat_openssl_get_verify(const struct hecat_openssl *tls)
{
	return (tls->verify);
}

/* Writes `duration` to *tv where there is one. */
static const struct timeval *
get_duration(int is_there, const struct timeval *duration, struct timeval *tv)
{
	if (!is_there)
		return (NULL);
	*tv = *duration;
	return (tv);
}

const struct timeval *
hecat_openssl_get_handshake_timeout(
    const struct hecat_openssl *tls, struct timeval *tv)
{
	return (get_duration(tls->has_timeout, &tls->timeout, tv));
}

int
hecat_openssl_has_padding(const struct hecat_openssl *tls)
{
	return (tls->padding);
}

enum hecat_success
hecat_openssl_get_success(const struct hecat_openssl *tls)
{
	return (tls->success);
}

const struct timeval *
hecat_openssl_get_success_open_time(
    const struct hecat_openssl *tls, struct timeval *tv)
{
	return (get_duration(tls->has_open_time, &tls->open_time, tv));
}

hecat_openssl_observer_cb
hecat_openssl_get_observer(const struct hecat_openssl *tls, void **arg)
{
	if (arg != NULL)
		*arg = tls->observer_arg;
	return (tls->observer);
}
