/* SPDX-License-Identifier: ISC */
/*
 * What the C library makes of a name: the truth that other programs see.
 *
 *	getaddrinfo [-4 | -6] NAME
 *
 * Prints the addresses that getaddrinfo(3) returns for a stream socket, one a
 * line, each of them once, in its order: without -4 and -6 of both families,
 * with AI_IDN and without AI_ADDRCONFIG. Of an IPv6 address that stands for
 * one of IPv4 the latter is printed. Otherwise prints the error as EAI_NONAME,
 * and the status is 1.
 */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <err.h>
#include <locale.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int error;
	const char *name;
} error_names[] = {
	{ EAI_AGAIN, "EAI_AGAIN" },
	{ EAI_FAIL, "EAI_FAIL" },
	{ EAI_IDN_ENCODE, "EAI_IDN_ENCODE" },
	{ EAI_MEMORY, "EAI_MEMORY" },
	{ EAI_NODATA, "EAI_NODATA" },
	{ EAI_NONAME, "EAI_NONAME" },
	{ EAI_SYSTEM, "EAI_SYSTEM" },
};

static const char *
error_name(int error)
{
	size_t i;

	for (i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++)
		if (error_names[i].error == error)
			return (error_names[i].name);
	return (gai_strerror(error));
}

/* Writes an address as text, an IPv4-mapped one as the one it stands for. */
static void
format_address(char *text, const struct sockaddr *address)
{
	const void *bytes;
	int family = address->sa_family;

	if (family == AF_INET) {
		bytes = &((const struct sockaddr_in *)address)->sin_addr;
	} else {
		bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)bytes)) {
			family = AF_INET;
			bytes = (const char *)bytes + 12;
		}
	}
	if (inet_ntop(family, bytes, text, INET6_ADDRSTRLEN) == NULL)
		err(1, "inet_ntop");
}

/* Returns whether an address that stands before `end` has the same text. */
static bool
is_repeated(
    const struct addrinfo *list, const struct addrinfo *end, const char *text)
{
	char other[INET6_ADDRSTRLEN];

	for (; list != end; list = list->ai_next) {
		format_address(other, list->ai_addr);
		if (strcmp(other, text) == 0)
			return (true);
	}
	return (false);
}

int
main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_IDN };
	struct addrinfo *list;
	char text[INET6_ADDRSTRLEN];
	int letter, error;

	setlocale(LC_CTYPE, "");
	while ((letter = getopt(argc, argv, "46")) != -1) {
		if (letter == '?')
			return (2);
		hints.ai_family = letter == '4' ? AF_INET : AF_INET6;
	}
	if (argc - optind != 1)
		errx(2, "usage: getaddrinfo [-4 | -6] NAME");
	error = getaddrinfo(argv[optind], NULL, &hints, &list);
	if (error != 0) {
		puts(error_name(error));
		return (1);
	}
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		format_address(text, ai->ai_addr);
		if (!is_repeated(list, ai, text))
			puts(text);
	}
	freeaddrinfo(list);
	return (0);
}
