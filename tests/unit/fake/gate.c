/* SPDX-License-Identifier: ISC */
/*
 * The answers of a system that hangs where the test wants it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "fake/gate.h"
#include "fake/real_loop.h"

#define FAMILIES_MAX 8

/* The lock protects all of it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open[2];               /* IPv6 and others, IPv4 */
	int families[FAMILIES_MAX]; /* in the order of the calls */
	size_t calls;
	int error;
	int system_error;
	const char *ipv6[2]; /* the addresses; NULL: none */
	const char *ipv4[2];
} gate = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* Puts an address before a list. Returns it, or NULL: out of memory. */
static struct addrinfo *
new_info(const struct sockaddr *sa, socklen_t length, struct addrinfo *next)
{
	struct addrinfo *info = calloc(1, sizeof(*info));

	if (info == NULL)
		return (NULL);
	info->ai_addr = calloc(1, length);
	if (info->ai_addr == NULL) {
		free(info);
		return (NULL);
	}
	memcpy(info->ai_addr, sa, length);
	info->ai_addrlen = length;
	info->ai_family = sa->sa_family;
	info->ai_next = next;
	return (info);
}

/* Adds an address before *list. Returns false when out of memory. */
static bool
add_info(struct addrinfo **list, const struct sockaddr *sa, socklen_t length)
{
	struct addrinfo *info = new_info(sa, length, *list);

	if (info == NULL)
		return (false);
	*list = info;
	return (true);
}

/*
 * Makes two addresses and, between them, one of a family that was not asked
 * for. Returns 0 or an error of getaddrinfo(3).
 */
static int
make_list(int family, struct addrinfo **result)
{
	const struct sockaddr odd = { .sa_family = AF_UNIX };
	bool ipv4 = family == AF_INET ||
	    (family == AF_UNSPEC && gate.ipv6[0] == NULL);
	const char *const *texts = ipv4 ? gate.ipv4 : gate.ipv6;
	struct addrinfo *list = NULL;
	struct address first, second;

	if (texts[0] == NULL)
		return (EAI_NODATA);
	address_parse(&first, texts[0], 0);
	address_parse(&second, texts[1], 0);
	if (!add_info(&list, &second.sa, second.length) ||
	    !add_info(&list, &odd, sizeof(odd)) ||
	    !add_info(&list, &first.sa, first.length)) {
		freeaddrinfo(list);
		return (EAI_MEMORY);
	}
	*result = list;
	return (0);
}

/* Counts a call and waits for its gate; the lock is held. */
static void
pass(int family)
{
	bool *open = &gate.open[family == AF_INET];

	if (gate.calls < FAMILIES_MAX)
		gate.families[gate.calls] = family;
	gate.calls++;
	pthread_cond_broadcast(&gate.changed);
	while (!*open)
		pthread_cond_wait(&gate.changed, &gate.lock);
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	int error;

	(void)name;
	(void)service;
	pthread_mutex_lock(&gate.lock);
	pass(hints->ai_family);
	error = gate.error;
	if (error == 0)
		error = make_list(hints->ai_family, result);
	errno = gate.system_error;
	pthread_mutex_unlock(&gate.lock);
	return (error);
}

void
freeaddrinfo(struct addrinfo *list)
{
	struct addrinfo *next;

	for (; list != NULL; list = next) {
		next = list->ai_next;
		free(list->ai_addr);
		free(list);
	}
}

void
gate_pass_ipv4(void)
{
	pthread_mutex_lock(&gate.lock);
	pass(AF_INET);
	pthread_mutex_unlock(&gate.lock);
}

void
gate_open(bool ipv6, bool ipv4)
{
	pthread_mutex_lock(&gate.lock);
	gate.open[0] = ipv6;
	gate.open[1] = ipv4;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

void
gate_fail_with(int error, int system_error)
{
	pthread_mutex_lock(&gate.lock);
	gate.error = error;
	gate.system_error = system_error;
	pthread_mutex_unlock(&gate.lock);
}

size_t
gate_calls(void)
{
	size_t count;

	pthread_mutex_lock(&gate.lock);
	count = gate.calls;
	pthread_mutex_unlock(&gate.lock);
	return (count);
}

int
gate_family(size_t call)
{
	int family;

	assert_true(call < FAMILIES_MAX);
	pthread_mutex_lock(&gate.lock);
	family = gate.families[call];
	pthread_mutex_unlock(&gate.lock);
	return (family);
}

void
gate_reset(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.calls = 0;
	gate.error = gate.system_error = 0;
	gate.open[0] = gate.open[1] = false;
	gate.ipv6[0] = GATE_FIRST_IPV6;
	gate.ipv6[1] = GATE_SECOND_IPV6;
	gate.ipv4[0] = GATE_FIRST_IPV4;
	gate.ipv4[1] = GATE_SECOND_IPV4;
	pthread_mutex_unlock(&gate.lock);
}

void
gate_answer_ipv4(const char *first, const char *second)
{
	pthread_mutex_lock(&gate.lock);
	gate.ipv6[0] = gate.ipv6[1] = NULL;
	gate.ipv4[0] = first;
	gate.ipv4[1] = second;
	pthread_mutex_unlock(&gate.lock);
}

void
gate_after_fork(void)
{
	gate.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	gate.changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	gate.calls = 0;
	gate.open[0] = gate.open[1] = true;
}

void
gate_wait_for_calls(size_t wanted)
{
	while (gate_calls() < wanted && real_loop_in_time())
		sched_yield();
	assert_int_equal(gate_calls(), wanted);
}
