/* SPDX-License-Identifier: ISC */
/*
 * proxy/dialogue.h: what is said to a proxy so that it opens a tunnel, and what
 * its answers mean. No descriptor, no time: bytes go in and out.
 *
 * The life of one: dialogue_init(); then, until the state is another one than
 * DIALOGUE_ASKS, send what dialogue_output() has, report it with
 * dialogue_sent(), and hand over with dialogue_input() what was received. The
 * first byte behind the last answer is not taken: it is the tunnel's.
 */
#ifndef PROXY_DIALOGUE_H
#define PROXY_DIALOGUE_H

#include "proxy/protocol.h"

/* Begins; *request stays the caller's. */
void dialogue_init(
    struct dialogue *dialogue, const struct proxy_request *request);

/* Returns what is to be sent now, of *size bytes; 0: nothing. */
const unsigned char *dialogue_output(
    const struct dialogue *dialogue, size_t *size);

/* Reports that `size` bytes of it were sent. */
void dialogue_sent(struct dialogue *dialogue, size_t size);

/*
 * Takes what was received. Returns how many of the bytes: all, but those behind
 * the end of the dialogue.
 */
size_t dialogue_input(
    struct dialogue *dialogue, const void *bytes, size_t size);

/*
 * Returns whether the request was sent and nothing of its answer has been
 * received: a proxy that closes then has refused it without a word, as OpenSSH
 * does.
 */
bool dialogue_awaits_reply(const struct dialogue *dialogue);

/* Returns "SOCKS 5" and the like; with a name, SOCKS 4 is "SOCKS 4A". */
const char *dialogue_protocol_name(const struct proxy_request *request);

#endif
