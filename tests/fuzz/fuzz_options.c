/* SPDX-License-Identifier: ISC */
/*
 * Command lines: arguments separated by NUL. Whatever is refused has a message
 * of one printable line, and nothing leaks.
 */
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "options/options.h"

#define ARGUMENTS_MAX 32

/* Splits `text` of `size` bytes, which ends with NUL, into arguments. */
static int
split(char *text, size_t size, char *argv[])
{
	static char name[] = "hecat";
	int argc = 0;

	argv[argc++] = name;
	for (size_t at = 0; at < size && argc < ARGUMENTS_MAX;
	     at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	return (argc);
}

static void
check_message(const char *error)
{
	CHECK(error[0] != '\0' && strlen(error) < OPTIONS_ERROR_MAX);
	for (; *error != '\0'; error++)
		CHECK(*error >= 0x20 && *error <= 0x7e);
}

/* A proxy is complete, and what is for SOCKS fits into a byte each. */
static void
check_proxy(const struct options_proxy *proxy)
{
	CHECK((proxy->host != NULL) == (proxy->scheme > OPTIONS_PROXY_ENV));
	if (proxy->host == NULL)
		return;
	CHECK(proxy->port > 0 && proxy->host[0] != '\0');
	CHECK(proxy->user == NULL ||
	    (proxy->user[0] != '\0' && strchr(proxy->user, ':') == NULL &&
		strlen(proxy->user) <= OPTIONS_PROXY_FIELD_MAX));
	CHECK(proxy->password == NULL ||
	    strlen(proxy->password) <= OPTIONS_PROXY_FIELD_MAX);
}

/* With OPTIONS_RUN nothing about the arguments is wrong any more. */
static void
check_options(const struct options *options)
{
	char error[OPTIONS_ERROR_MAX];

	CHECK((options->fd != -1) == (options->host == NULL));
	CHECK((options->fd != -1) == (options->service == NULL));
	CHECK(options->host == NULL || options->host[0] != '\0');
	CHECK(options->service == NULL || options->service[0] != '\0');
	CHECK(options->timeout > 0 && options->attempt_timeout > 0);
	CHECK(options->idle_timeout > 0 && options->quit_after >= 0);
	CHECK(options->connection_attempt_delay == 0 ||
	    options->connection_attempt_delay >= 10000);
	CHECK(options->resolution_delay >= 0);
	CHECK(options->first_address_family_count > 0);
	check_proxy(&options->proxy);
	if (options->host == NULL)
		return;
	if (options_check_destination(options, options->host, 80, error) ==
	    OPTIONS_INVALID)
		check_message(error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *argv[ARGUMENTS_MAX + 1];
	char error[OPTIONS_ERROR_MAX];
	struct options options;

	if (text == NULL)
		return (0);
	memcpy(text, data, size);
	text[size] = '\0';
	switch (options_parse(&options, split(text, size, argv), argv, error)) {
	case OPTIONS_INVALID:
		check_message(error);
		break;
	case OPTIONS_RUN:
		check_options(&options);
		break;
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
	case OPTIONS_NO_MEMORY:
		break;
	}
	options_release(&options);
	free(text);
	return (0);
}
