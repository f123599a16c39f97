/* SPDX-License-Identifier: ISC */
/*
 * DNS messages: a query in, the answer that the scenario gives to it out.
 */
#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario.h"

#define DNS_PORT          53
#define DNS_MESSAGE_MAX   65535
#define DNS_UDP_MINIMUM   512
#define DNS_UDP_MAXIMUM   1232 /* of what fits the link in one packet */
#define DNS_TYPE_A        1
#define DNS_TYPE_AAAA     28
#define DNS_TYPE_OPT      41
#define DNS_TYPE_TEXT_MAX 16

struct dns_query {
	uint8_t header[12];
	char name[NAME_TEXT_MAX]; /* in lower case */
	uint16_t type;
	uint8_t question[NAME_TEXT_MAX + 4]; /* as it was asked */
	size_t question_length;
	bool edns;
	size_t udp_size; /* the largest answer over UDP */
};

struct dns_answer {
	bool silent;
	int64_t delay;
	char summary[32]; /* of the outcome, for the log */
	size_t length;
	uint8_t message[DNS_MESSAGE_MAX];
};

/* Returns the number of a record type, or 0. */
uint16_t dns_type_find(const char *name);

/* Returns the name of a record type, "TYPE65" if need be, in `text`. */
const char *dns_type_text(uint16_t type, char *text);

/* Returns the name of a record type that dns_type_find() knows, or "?". */
const char *dns_type_name(uint16_t type);

/* Takes a query apart; false when it is none that can be answered. */
bool dns_query_parse(
    struct dns_query *query, const uint8_t *message, size_t length);

/*
 * Writes the answer of the scenario, of at most `limit` bytes (a bigger one
 * is truncated), and counts the query where the scenario drops the first.
 */
void dns_respond(struct scenario *scenario, const struct dns_query *query,
    size_t limit, struct dns_answer *answer);

#endif
