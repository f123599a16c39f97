/* SPDX-License-Identifier: ISC */
/*
 * proxy/protocol.h: a protocol, and the state of a dialogue that it changes.
 * proxy/dialogue.h has what others do with it.
 */
#ifndef PROXY_PROTOCOL_H
#define PROXY_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#include "proxy/request.h"

/* What the headers of an HTTP proxy may have in all. */
#define PROXY_HEADERS_MAX ((size_t)64 * 1024)

enum dialogue_state {
	DIALOGUE_ASKS,    /* it goes on */
	DIALOGUE_OPEN,    /* the tunnel is open */
	DIALOGUE_REFUSED, /* the proxy has refused, as text has it */
	DIALOGUE_BROKEN   /* what it answered is not of the protocol */
};

/* The answer that is awaited. */
enum dialogue_stage {
	DIALOGUE_METHOD,   /* to the methods of authentication */
	DIALOGUE_PASSWORD, /* to user and password */
	DIALOGUE_REPLY     /* to the request */
};

/* Bytes that hold each text, with its NUL. */
#define DIALOGUE_TEXT_MAX 160

/* Bytes that hold the longest request: a CONNECT. */
#define DIALOGUE_OUTPUT_MAX 2048

/* A line of HTTP is cut to this. */
#define DIALOGUE_LINE_MAX 120

/* The longest answer of SOCKS has a name of 255 bytes. */
#define DIALOGUE_ANSWER_MAX 262

struct dialogue {
	const struct proxy_request *request;
	enum dialogue_state state;
	/* A refusal is about this address: another one may be connected to. */
	bool is_of_address;
	/* A refusal is about user and password: it will be the same again. */
	bool is_of_user;
	/* What the proxy said, or what is wrong with that: any bytes of its. */
	char text[DIALOGUE_TEXT_MAX];

	/* The rest is for the protocols. */
	enum dialogue_stage stage;
	size_t output_length;
	size_t output_sent;
	size_t wanted;  /* bytes of an answer of SOCKS */
	size_t count;   /* of them that are there; of a line of HTTP */
	size_t headers; /* bytes of HTTP up to now */
	int status;     /* of HTTP; 0: not read yet */
	bool after_cr;
	unsigned char answer[DIALOGUE_ANSWER_MAX]; /* or the line */
	unsigned char output[DIALOGUE_OUTPUT_MAX];
};

struct protocol {
	/* Writes the first request. */
	void (*begin)(struct dialogue *dialogue);

	/* Takes a byte, in DIALOGUE_ASKS alone. */
	void (*take)(struct dialogue *dialogue, unsigned char byte);
};

extern const struct protocol protocol_socks4, protocol_socks5, protocol_http;

/* Add bytes, or a port in network order, to what is sent. */
void protocol_add(struct dialogue *dialogue, const void *bytes, size_t size);
void protocol_add_byte(struct dialogue *dialogue, unsigned char byte);
void protocol_add_port(struct dialogue *dialogue);

/* Returns the bytes of the address that is asked for, *size of them. */
const void *protocol_address(const struct dialogue *dialogue, size_t *size);

/* Ends the dialogue with a text. */
void protocol_end(struct dialogue *dialogue, enum dialogue_state state,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
