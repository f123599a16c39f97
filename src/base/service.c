/* SPDX-License-Identifier: ISC */
/*
 * Numbers, and names by getservbyname_r(3): getservbyname(3) keeps its answer
 * in a place that threads share.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "service.h"

/* Bytes that hold an entry of services(5) with its aliases, at first. */
#define ENTRY_SIZE 1024
#define ENTRY_MAX  1048576

/* Asks with a buffer of `size` bytes; ERANGE: it has no room. */
static int
find(uint16_t *port, const char *name, size_t size)
{
	struct servent entry, *found = NULL;
	char *buffer = malloc(size);
	int error;

	if (buffer == NULL)
		return (ENOMEM);
	error = getservbyname_r(name, "tcp", &entry, buffer, size, &found);
	if (found != NULL)
		*port = ntohs((uint16_t)found->s_port);
	else if (error == 0)
		error = ENOENT;
	free(buffer);
	return (error);
}

int
service_port(uint16_t *port, const char *service)
{
	int error = ERANGE;
	int64_t number;

	if (*service == '\0')
		return (EINVAL);
	if (service[strspn(service, "0123456789")] == '\0') {
		if (!number_parse(&number, service) || number == 0 ||
		    number > UINT16_MAX)
			return (EINVAL);
		*port = (uint16_t)number;
		return (0);
	}
	for (size_t size = ENTRY_SIZE; error == ERANGE && size <= ENTRY_MAX;
	     size *= 2)
		error = find(port, service, size);
	return (error);
}
