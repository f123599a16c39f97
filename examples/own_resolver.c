/* SPDX-License-Identifier: ISC */
/*
 * own_resolver FILE HOST PORT: connects to a host whose addresses are in a file
 * of lines "NAME ADDRESS", and nowhere else.
 *
 * A resolver is asked for a name, and answers now or later: one that asks a
 * server keeps what it needs with hecat_lookup_set_data(), calls
 * hecat_lookup_answer() for each family when its answer has come, and gives up
 * in cancel().
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <hecat.h>

/* Adds the address of a line to the list if the line is about `name`. */
static void
add_line(struct evutil_addrinfo **list, const char *line, const char *name)
{
	char own_name[256], text[64];
	struct sockaddr_storage address;
	int length = sizeof(address);

	if (sscanf(line, "%255s %63s", own_name, text) == 2 &&
	    strcmp(own_name, name) == 0 &&
	    evutil_parse_sockaddr_port(
		text, (struct sockaddr *)&address, &length) == 0)
		hecat_addrinfo_add(list, (struct sockaddr *)&address, length);
}

/* Answers both families at once, as all that there is stands in the file. */
static int
start(struct hecat_lookup *lookup, void *arg)
{
	struct hecat_answer answer = { 0 };
	struct evutil_addrinfo *list = NULL;
	FILE *file = fopen(arg, "r");
	char line[512];

	if (file == NULL)
		return (errno);
	while (fgets(line, sizeof(line), file) != NULL)
		add_line(&list, line, hecat_lookup_get_name(lookup));
	fclose(file);
	answer.size = sizeof(answer);
	answer.family = AF_UNSPEC;
	answer.addresses = list;
	if (list == NULL) {
		answer.error = EAI_NONAME;
		answer.text = "not in the file";
	}
	hecat_lookup_answer(lookup, &answer);
	hecat_addrinfo_free(list);
	return (0);
}

/* Is never called: what was started is answered. */
static void
cancel(struct hecat_lookup *lookup, void *arg)
{
	(void)lookup;
	(void)arg;
}

static const struct hecat_resolver_methods methods = {
	sizeof(methods),
	start,
	cancel,
};

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	(void)connector;
	printf("connected\n");
	*(int *)arg = EXIT_SUCCESS;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	char text[512];

	(void)error;
	(void)arg;
	hecat_connector_format_errors(connector, text, sizeof(text));
	fprintf(stderr, "own_resolver: %s\n", text);
}

int
main(int argc, char **argv)
{
	int status = EXIT_FAILURE;
	struct event_base *base = event_base_new();
	struct hecat_config *config = hecat_config_new();
	struct hecat_connector *connector;

	if (argc != 4) {
		fprintf(stderr, "usage: own_resolver FILE HOST PORT\n");
		return (2);
	}
	hecat_config_set_resolver(config, &methods, argv[1]);
	connector = hecat_connector_new(
	    base, config, on_connected, on_failed, &status);
	hecat_config_free(config);
	if (hecat_connector_connect_hostname(connector, argv[2], argv[3]) == 0)
		event_base_dispatch(base);
	else
		perror(argv[2]);
	hecat_connector_free(connector);
	event_base_free(base);
	return (status);
}
