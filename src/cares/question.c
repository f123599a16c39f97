/* SPDX-License-Identifier: ISC */
/*
 * Servers in rounds, and what each of them has said in words.
 */
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor.h"
#include "exchange.h"
#include "gai_error.h"
#include "question.h"

#define DNS_PORT 53

struct question {
	struct event_base *base;
	const struct question_settings *settings;
	const char *name;
	int family;
	monotime_t start;
	size_t first;     /* the server of each round's beginning */
	size_t server;    /* that is being asked */
	unsigned round;   /* from 0 */
	bool *settled;    /* by server: it is not to be asked again */
	bool only_silent; /* nothing else has happened */
	struct exchange *exchange;
	bool ended;
	struct question_result result;
	question_cb cb;
	void *arg;
};

static const struct cares_server *
question_server(const struct question *question)
{
	return (&question->settings->servers[question->server]);
}

/* Writes the server that is being asked: its port where that is not 53. */
static const char *
server_format(const struct cares_server *server, char *text)
{
	if (address_port(&server->address) == DNS_PORT)
		return (address_format_host(&server->address, text));
	return (address_format(&server->address, text));
}

/* Returns the name of a response code (RFC 6895 section 2.3); NULL: none. */
static const char *
rcode_name(int rcode)
{
	static const char *const names[] = {
		[ns_r_formerr] = "FORMERR",
		[ns_r_servfail] = "SERVFAIL",
		[ns_r_nxdomain] = "NXDOMAIN",
		[ns_r_notimpl] = "NOTIMP",
		[ns_r_refused] = "REFUSED",
		[ns_r_yxdomain] = "YXDOMAIN",
		[ns_r_yxrrset] = "YXRRSET",
		[ns_r_nxrrset] = "NXRRSET",
		[ns_r_notauth] = "NOTAUTH",
		[ns_r_notzone] = "NOTZONE",
	};

	if (rcode < 0 || (size_t)rcode >= sizeof(names) / sizeof(names[0]))
		return (NULL);
	return (names[rcode]);
}

static void
result_set(struct question_result *result, int error, int system_error)
{
	result->error = error;
	result->system_error = system_error;
	result->has_ttl = false;
	result->addresses = NULL;
}

/* Takes a reply with addresses, or without an error and without any. */
static void
question_take_data(
    struct question *question, const struct exchange_reply *reply)
{
	struct question_result *result = &question->result;
	char server[ADDRESS_TEXT_MAX];

	if (reply->addresses == NULL) {
		result_set(result, GAI_ERROR_NO_DATA, 0);
		snprintf(result->text, sizeof(result->text), "NODATA from %s",
		    server_format(question_server(question), server));
		return;
	}
	result_set(result, 0, 0);
	result->text[0] = '\0';
	result->addresses = reply->addresses;
	result->has_ttl = reply->has_ttl;
	result->ttl = reply->ttl;
}

/* Takes the code of a reply. */
static void
question_take_rcode(struct question *question, int rcode)
{
	struct question_result *result = &question->result;
	char server[ADDRESS_TEXT_MAX], number[sizeof("RCODE 15")];
	const char *name = rcode_name(rcode);

	if (name == NULL)
		snprintf(number, sizeof(number), "RCODE %d", rcode & 0x0f);
	server_format(question_server(question), server);
	if (rcode == ns_r_nxdomain)
		result_set(result, EAI_NONAME, 0);
	else
		result_set(
		    result, rcode == ns_r_servfail ? EAI_AGAIN : EAI_FAIL, 0);
	snprintf(result->text, sizeof(result->text), "%s from %s",
	    name != NULL ? name : number, server);
}

/* Takes that there is no answer in time. */
static void
question_take_silence(struct question *question)
{
	struct question_result *result = &question->result;
	monotime_t took = clock_now() - question->start;
	char server[ADDRESS_TEXT_MAX];

	result_set(result, EAI_AGAIN, 0);
	if (question->only_silent && question->settings->server_count > 1)
		snprintf(result->text, sizeof(result->text),
		    "no answer from %zu name servers in %.1f s",
		    question->settings->server_count,
		    (double)took / MONOTIME_PER_SECOND);
	else
		snprintf(result->text, sizeof(result->text),
		    "no answer from %s in %.1f s",
		    server_format(question_server(question), server),
		    (double)took / MONOTIME_PER_SECOND);
}

/* Takes an errno of a socket. */
static void
question_take_failure(struct question *question, int error, bool over_tcp)
{
	struct question_result *result = &question->result;
	char server[ADDRESS_TEXT_MAX];

	result_set(result, error == ENOMEM ? EAI_MEMORY : EAI_SYSTEM, error);
	snprintf(result->text, sizeof(result->text), "%s: %s%s",
	    server_format(question_server(question), server), strerror(error),
	    over_tcp ? " (TCP)" : "");
}

/* Takes an end that only has a text. */
static void
question_take_fault(struct question *question, int error, const char *fault)
{
	struct question_result *result = &question->result;
	char server[ADDRESS_TEXT_MAX];

	result_set(result, error, 0);
	snprintf(result->text, sizeof(result->text), "%s%s", fault,
	    server_format(question_server(question), server));
}

/* Makes the result of what became of the exchange. */
static void
question_take(struct question *question, const struct exchange_reply *reply)
{
	struct question_result *result = &question->result;
	bool has_answered = reply->end == EXCHANGE_ANSWERED ||
	    reply->end == EXCHANGE_MALFORMED || reply->end == EXCHANGE_REFERRAL;

	result->server = has_answered ? question_server(question) : NULL;
	question->only_silent = question->only_silent &&
	    reply->end == EXCHANGE_SILENT;
	switch (reply->end) {
	case EXCHANGE_ANSWERED:
		if (reply->rcode == ns_r_noerror)
			question_take_data(question, reply);
		else
			question_take_rcode(question, reply->rcode);
		break;
	case EXCHANGE_SILENT:
		question_take_silence(question);
		break;
	case EXCHANGE_FAILED:
		question_take_failure(question, reply->error, reply->over_tcp);
		break;
	case EXCHANGE_MALFORMED:
		question_take_fault(
		    question, EAI_FAIL, "a malformed reply from ");
		break;
	case EXCHANGE_REFERRAL:
		question_take_fault(question, EAI_FAIL, "no recursion by ");
		break;
	case EXCHANGE_BAD_NAME:
		result_set(result, EAI_NONAME, 0);
		snprintf(result->text, sizeof(result->text),
		    "no such name: it cannot be asked for");
		break;
	case EXCHANGE_NO_MEMORY:
		result_set(result, EAI_MEMORY, 0);
		result->text[0] = '\0';
		break;
	}
}

/* Returns whether the result is one that no other server could change. */
static bool
question_is_decided(const struct question *question)
{
	const struct question_result *result = &question->result;

	return (!gai_error_is_failure(result->error) ||
	    result->error == EAI_MEMORY ||
	    (result->error == EAI_SYSTEM &&
		descriptor_is_shortage(result->system_error)));
}

/* Moves on to the next server that can be asked; false: there is none. */
static bool
question_next_server(struct question *question)
{
	const struct question_settings *settings = question->settings;

	for (;;) {
		question->server = (question->server + 1) %
		    settings->server_count;
		if (question->server == question->first)
			question->round++;
		if (question->round == settings->tries)
			return (false);
		if (!question->settled[question->server])
			return (true);
	}
}

static void question_on_reply(const struct exchange_reply *reply, void *arg);

/* Asks the server whose turn it is. */
static bool
question_ask(struct question *question)
{
	exchange_free(question->exchange);
	question->exchange = exchange_new(question->base,
	    question_server(question), question->settings->timeout,
	    question->name, question->family, question_on_reply, question);
	return (question->exchange != NULL);
}

static void
question_on_reply(const struct exchange_reply *reply, void *arg)
{
	static const struct exchange_reply no_memory = {
		.end = EXCHANGE_NO_MEMORY,
	};
	struct question *question = arg;

	question->settled[question->server] = reply->end != EXCHANGE_SILENT;
	question_take(question, reply);
	if (!question_is_decided(question) && question_next_server(question)) {
		if (question_ask(question))
			return;
		question_take(question, &no_memory);
	}
	question->ended = true;
	/* It may be freed inside. */
	question->cb(question, question->arg);
}

struct question *
question_new(struct event_base *base, const struct question_settings *settings,
    const char *name, int family, question_cb cb, void *arg)
{
	struct question *question = calloc(1, sizeof(*question));

	if (question == NULL)
		return (NULL);
	question->base = base;
	question->settings = settings;
	question->name = name;
	question->family = family;
	question->start = clock_now();
	question->first = question->server = settings->first;
	question->only_silent = true;
	question->cb = cb;
	question->arg = arg;
	question->settled = calloc(
	    settings->server_count, sizeof(*question->settled));
	if (question->settled != NULL && question_ask(question))
		return (question);
	question_free(question);
	return (NULL);
}

void
question_free(struct question *question)
{
	if (question == NULL)
		return;
	exchange_free(question->exchange);
	free(question->settled);
	free(question);
}

const struct question_result *
question_get_result(const struct question *question)
{
	return (question->ended ? &question->result : NULL);
}
