/* SPDX-License-Identifier: ISC */
/*
 * connect_list ADDRESS:PORT...: connects to the first of several addresses that
 * answers, each with a port of its own, and prints which one that is.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>
#include <hecat.h>

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	const struct sockaddr *peer = hecat_connector_get_peer(connector);
	char text[64];

	(void)arg;
	if (peer->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)peer;

		evutil_inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		printf("[%s]:%u\n", text, ntohs(in6->sin6_port));
	} else {
		const struct sockaddr_in *in = (const void *)peer;

		evutil_inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		printf("%s:%u\n", text, ntohs(in->sin_port));
	}
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[1024];

	(void)error;
	hecat_connector_format_errors(connector, text, sizeof(text));
	fprintf(stderr, "connect_list: %s\n", text);
	*(int *)arg = EXIT_FAILURE;
}

/* Makes a list of the arguments; NULL when one of them is no address. */
static struct evutil_addrinfo *
parse_list(char **texts)
{
	struct evutil_addrinfo *list = NULL;
	struct sockaddr_storage address;
	int length;

	for (; *texts != NULL; texts++) {
		length = sizeof(address);
		if (evutil_parse_sockaddr_port(
			*texts, (struct sockaddr *)&address, &length) == 0 &&
		    hecat_addrinfo_add(
			&list, (struct sockaddr *)&address, length) == 0)
			continue;
		fprintf(stderr, "connect_list: %s: no address\n", *texts);
		hecat_addrinfo_free(list);
		return (NULL);
	}
	return (list);
}

int
main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	struct evutil_addrinfo *list = parse_list(argv + 1);
	struct event_base *base = event_base_new();
	struct hecat_config *config = hecat_config_new();
	struct hecat_connector *connector;

	(void)argc;
	/* As listed; without this they are sorted and interleaved. */
	hecat_config_set_order(config, HECAT_ORDER_RESOLVER);
	connector = hecat_connector_new(
	    base, config, on_connected, on_failed, &status);
	if (hecat_connector_connect_addrinfo(connector, list) == 0) {
		event_base_dispatch(base);
	} else {
		perror("connect_list");
		status = EXIT_FAILURE;
	}
	hecat_connector_free(connector);
	hecat_config_free(config);
	hecat_addrinfo_free(list);
	event_base_free(base);
	return (status);
}
