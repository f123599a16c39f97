/* SPDX-License-Identifier: ISC */
/*
 * Entries of --resolve, a line each, after a line for the host and one for the
 * port: every accepted one can be written, and parses to the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "options/options.h"

#define ENTRIES_MAX 8

/* Parses `argv`, which ends with NULL. */
static enum options_result
parse(struct options *options, char *argv[], char *error)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	return (options_parse(options, argc, argv, error));
}

/* Writes an entry anew and compares what comes of it. */
static void
check_entry(const struct options_resolve *entry)
{
	static char name[] = "hecat", host[] = "host.test", port[] = "80";
	char text[65536] = "--resolve=", address[ADDRESS_TEXT_MAX];
	char *argv[] = { name, text, host, port, NULL };
	bool is_v6 = strchr(entry->host, ':') != NULL;
	char error[OPTIONS_ERROR_MAX];
	struct options again;
	size_t used;

	CHECK(entry->address_count > 0 && entry->port > 0);
	CHECK(entry->host[0] != '\0');
	snprintf(text + strlen(text), 512,
	    is_v6 ? "[%.300s]:%u:" : "%.300s:%u:", entry->host, entry->port);
	for (size_t i = 0; i < entry->address_count; i++) {
		CHECK(address_port(&entry->addresses[i]) == entry->port);
		used = strlen(text);
		if (used > 60000)
			return;
		snprintf(text + used, sizeof(text) - used, "%s%s",
		    i > 0 ? "," : "",
		    address_format_host(&entry->addresses[i], address));
	}
	CHECK(parse(&again, argv, error) == OPTIONS_RUN);
	CHECK(again.resolve_count == 1);
	CHECK(strcmp(again.resolves[0].host, entry->host) == 0);
	CHECK(again.resolves[0].address_count == entry->address_count);
	for (size_t i = 0; i < entry->address_count; i++)
		CHECK(address_equal(
		    &again.resolves[0].addresses[i], &entry->addresses[i]));
	options_release(&again);
}

static void
check(const struct options *options, char *error)
{
	unsigned long port = strtoul(options->service, NULL, 10);

	for (size_t i = 0; i < options->resolve_count; i++)
		check_entry(&options->resolves[i]);
	if (port > 0 && port <= UINT16_MAX &&
	    options_check_destination(options, options->host, (uint16_t)port,
		error) == OPTIONS_INVALID)
		CHECK(error[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "hecat", option[] = "--resolve", end[] = "--";
	char *argv[2 * ENTRIES_MAX + 5] = { name };
	char *text = malloc(size + 1), *rest = text;
	char error[OPTIONS_ERROR_MAX];
	char *host, *port, *entry;
	struct options options;
	size_t count = 1;

	CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	host = strsep(&rest, "\n");
	port = strsep(&rest, "\n");
	while (rest != NULL && count <= 2 * ENTRIES_MAX - 1) {
		entry = strsep(&rest, "\n");
		argv[count++] = option;
		argv[count++] = entry;
	}
	argv[count++] = end;
	argv[count++] = host;
	argv[count] = port;
	if (parse(&options, argv, error) == OPTIONS_RUN)
		check(&options, error);
	options_release(&options);
	free(text);
	return (0);
}
