/* SPDX-License-Identifier: ISC */
/*
 * From a typed line to argv, through the parser, to a text to compare.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "options/parse.h"
#include "fake/options_outcome.h"

/* Copies an argument to memory of its own, so that a read past it shows. */
static void
command_add(struct command *command, const char *word, size_t length)
{
	char *copy = strndup(word, length);
	char *space;

	assert_true(copy != NULL && command->argc <= WORDS_MAX);
	if (strcmp(copy, "''") == 0)
		copy[0] = '\0';
	while ((space = strchr(copy, '~')) != NULL)
		*space = ' ';
	command->argv[command->argc++] = copy;
	command->argv[command->argc] = NULL;
}

void
command_init(struct command *command, const char *typed)
{
	size_t length;

	command->argc = 0;
	command_add(command, "hecat", 5);
	for (; *typed != '\0'; typed += length) {
		typed += strspn(typed, " ");
		length = strcspn(typed, " ");
		if (length > 0)
			command_add(command, typed, length);
	}
}

void
command_release(struct command *command)
{
	while (command->argc > 0)
		free(command->argv[--command->argc]);
}

static void
render_addresses(struct text_buffer *text, const char *name,
    const struct address *addresses, size_t count)
{
	char address[ADDRESS_TEXT_MAX];
	size_t i;

	for (i = 0; i < count; i++)
		text_buffer_add(text, " %s=%s", name,
		    address_format(&addresses[i], address));
}

static void
render_duration(
    struct text_buffer *text, const char *name, int64_t duration, int64_t usual)
{
	if (duration == usual)
		return;
	if (duration == OPTIONS_FOREVER)
		text_buffer_add(text, " %s=forever", name);
	else
		text_buffer_add(text, " %s=%" PRId64, name, duration);
}

static void
render_race(struct text_buffer *text, const struct options *o)
{
	static const char *const successes[] = {
		[OPTIONS_SUCCESS_TCP] = "tcp",
		[OPTIONS_SUCCESS_TLS] = "tls",
		[OPTIONS_SUCCESS_OPEN] = "open",
		[OPTIONS_SUCCESS_DATA] = "data",
	};

	if (o->family != AF_UNSPEC)
		text_buffer_add(text, " %s", address_family_name(o->family));
	render_duration(text, "delay", o->connection_attempt_delay, 250000);
	render_duration(text, "resolution", o->resolution_delay, 50000);
	if (o->first_address_family_count != 1)
		text_buffer_add(
		    text, " count=%u", o->first_address_family_count);
	if (o->order != HECAT_ORDER_SORTED)
		text_buffer_add(text, " order=%d", (int)o->order);
	if (o->success != OPTIONS_SUCCESS_DEFAULT)
		text_buffer_add(text, " success=%s", successes[o->success]);
	render_duration(text, "open", o->success_open, 0);
	if (o->preferred_family != AF_UNSPEC)
		text_buffer_add(text, " prefer=%s",
		    address_family_name(o->preferred_family));
}

static void
render_text(struct text_buffer *text, const char *name, const char *value)
{
	if (value != NULL)
		text_buffer_add(text, " %s=%s", name, value);
}

static void
render_tls(struct text_buffer *text, const struct options *o)
{
	text_buffer_add(text, "%s", o->tls ? " tls" : "");
	render_text(text, "server", o->server_name);
	text_buffer_add(text, "%s", o->insecure ? " insecure" : "");
	render_text(text, "ca-file", o->ca_file);
	render_text(text, "ca-path", o->ca_path);
	render_text(text, "cert", o->cert);
	render_text(text, "key", o->key);
	render_text(text, "alpn", o->alpn);
	if (o->tls_min != 12)
		text_buffer_add(text, " min=%u", o->tls_min);
	render_duration(text, "handshake", o->tls_handshake_timeout, 60000000);
	render_duration(text, "tls-end", o->tls_shutdown_timeout, 30000000);
	text_buffer_add(text, "%s", o->no_tls_padding ? " no-padding" : "");
}

static void
render_number(
    struct text_buffer *text, const char *name, int64_t number, int64_t usual)
{
	if (number != usual)
		text_buffer_add(text, " %s=%" PRId64, name, number);
}

static void
render_sockets(struct text_buffer *text, const struct options *o)
{
	render_number(text, "tos", o->tos, -1);
	render_number(text, "ttl", o->ttl, 0);
	render_number(text, "send-buffer", o->send_buffer, 0);
	render_number(text, "receive-buffer", o->receive_buffer, 0);
	render_number(text, "mss", o->mss, 0);
	render_number(text, "keepalive", o->keepalive, OPTIONS_NO_KEEPALIVE);
	text_buffer_add(text, "%s%s", o->no_nodelay ? " no-nodelay" : "",
	    o->mptcp ? " mptcp" : "");
}

static void
render_proxy(struct text_buffer *text, const struct options *o)
{
	const struct options_proxy *proxy = &o->proxy;

	if (proxy->scheme == OPTIONS_PROXY_ENV)
		text_buffer_add(text, " proxy=env");
	else if (proxy->scheme != OPTIONS_PROXY_NONE)
		text_buffer_add(text, " proxy=%s,%s,%u",
		    options_proxy_scheme_name(proxy->scheme), proxy->host,
		    proxy->port);
	render_text(text, "user", proxy->user);
	render_text(text, "password", proxy->password);
	render_text(text, "auth-file", o->proxy_auth_file);
}

/* Writes host, service and every field that is not at its default. */
static void
render(struct text_buffer *text, const struct options *o)
{
	char host[ADDRESS_TEXT_MAX];
	size_t i;

	if (o->fd != -1)
		text_buffer_add(text, "connection=%d", o->fd);
	else
		text_buffer_add(text, "%s %s", o->host, o->service);
	text_buffer_add(text, "%s", o->pass_fd ? " pass-fd" : "");
	render_race(text, o);
	render_addresses(text, "source", o->sources, o->source_count);
	for (i = 0; i < o->excluded_count; i++)
		text_buffer_add(text, " excluded=%s/%u",
		    address_format_host(&o->excluded[i].address, host),
		    o->excluded[i].length);
	if (o->source_port != 0)
		text_buffer_add(text, " port=%u", o->source_port);
	render_text(text, "interface", o->interface);
	text_buffer_add(text, "%s", o->numeric ? " numeric" : "");
	render_addresses(text, "address", o->addresses, o->address_count);
	for (i = 0; i < o->resolve_count; i++) {
		text_buffer_add(text, " resolve=%s:%u", o->resolves[i].host,
		    o->resolves[i].port);
		render_addresses(text, "to", o->resolves[i].addresses,
		    o->resolves[i].address_count);
	}
	for (i = 0; i < o->dns_count; i++)
		render_addresses(text, o->dns[i].tcp ? "dns-tcp" : "dns",
		    &o->dns[i].address, 1);
	render_duration(text, "timeout", o->timeout, OPTIONS_FOREVER);
	render_duration(text, "attempt", o->attempt_timeout, OPTIONS_FOREVER);
	render_duration(text, "retries", o->retries, 0);
	render_duration(text, "retry-delay", o->retry_delay, 1000000);
	render_sockets(text, o);
	text_buffer_add(text, "%s", o->zero_io ? " zero" : "");
	render_duration(text, "quit", o->quit_after, OPTIONS_FOREVER);
	render_duration(
	    text, "shutdown", o->shutdown_after, OPTIONS_SHUTDOWN_DEFAULT);
	text_buffer_add(text, "%s", o->no_shutdown ? " open" : "");
	render_duration(text, "idle", o->idle_timeout, OPTIONS_FOREVER);
	text_buffer_add(text, "%s", o->send_only ? " send-only" : "");
	text_buffer_add(text, "%s", o->recv_only ? " recv-only" : "");
	text_buffer_add(
	    text, "%s", o->exit_on_peer_eof ? " exit-on-peer-eof" : "");
	text_buffer_add(text, "%s", o->crlf ? " crlf" : "");
	if (o->hex_dump)
		text_buffer_add(text, " dump=%s",
		    o->hex_dump_file == NULL ? "" : o->hex_dump_file);
	text_buffer_add(text, "%s", o->zero_copy ? " zero-copy" : "");
	text_buffer_add(text, "%s", o->no_splice ? " no-splice" : "");
	text_buffer_add(text, "%s", o->no_sandbox ? " no-sandbox" : "");
	render_tls(text, o);
	render_proxy(text, o);
	if (o->probe != 0)
		text_buffer_add(text, " probe=%u", o->probe);
	text_buffer_add(text, "%s", o->timings ? " timings" : "");
	text_buffer_add(text, "%s", o->chart ? " chart" : "");
	if (o->json)
		text_buffer_add(
		    text, " json=%s", o->json_file == NULL ? "" : o->json_file);
	if (o->report_fd != -1)
		text_buffer_add(text, " fd=%d", o->report_fd);
	if (o->color != OPTIONS_COLOR_AUTO)
		text_buffer_add(text, " color=%d", (int)o->color);
	if (o->progress != 0)
		text_buffer_add(text, " progress=%u", o->progress);
	if (o->verbose != 0)
		text_buffer_add(text, " verbose=%u", o->verbose);
}

enum options_result
outcome_of(const char *typed, char *output)
{
	struct text_buffer text = { output, OUTPUT_MAX, 0 };
	char error[OPTIONS_ERROR_MAX];
	enum options_result result;
	struct command command;
	struct options options;

	command_init(&command, typed);
	result = options_parse(&options, command.argc, command.argv, error);
	command_release(&command);
	if (result == OPTIONS_RUN)
		render(&text, &options);
	else
		text_buffer_add(&text, "%s",
		    result == OPTIONS_HELP          ? "HELP"
			: result == OPTIONS_VERSION ? "VERSION"
						    : error);
	options_release(&options);
	return (result);
}
