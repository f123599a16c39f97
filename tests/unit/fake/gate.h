/* SPDX-License-Identifier: ISC */
/*
 * gate.h: a getaddrinfo(3) and freeaddrinfo(3) that take the place of the
 * system's in the program that is linked with it. There is a gate for IPv4 and
 * one for other families: a call returns when its gate is open, and the test
 * may wait for calls.
 *
 * Names are known to nobody else; each has two addresses of the family that is
 * asked for, GATE_FIRST_IPV4 or GATE_FIRST_IPV6 first.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stddef.h>

#define GATE_FIRST_IPV4  "192.0.2.1"
#define GATE_FIRST_IPV6  "2001:db8::1"
#define GATE_SECOND_IPV4 "192.0.2.2"
#define GATE_SECOND_IPV6 "2001:db8::2"

/*
 * Closes both gates, lets calls succeed with the addresses above, and counts
 * them from none again.
 */
void gate_reset(void);

/* Sets the addresses of IPv4; there is none of IPv6 then: EAI_NODATA. */
void gate_answer_ipv4(const char *first, const char *second);

/* Makes the gates anew in a child of fork(2): open, without calls. */
void gate_after_fork(void);

/* Opens or closes each gate. */
void gate_open(bool ipv6, bool ipv4);

/* Sets what getaddrinfo returns, and the errno that it leaves. */
void gate_fail_with(int error, int system_error);

/* Returns how many calls there were. */
size_t gate_calls(void);

/* Waits for so many calls, with the deadline of real_loop.h. */
void gate_wait_for_calls(size_t wanted);

/* Returns the family that call number `call` was for, from 0; eight are kept.
 */
int gate_family(size_t call);

/* Counts as a call and waits until the gate of IPv4 is open. */
void gate_pass_ipv4(void);

#endif
