/* SPDX-License-Identifier: ISC */
/*
 * closed_library LIBRARY HOST: opens libhecat, closes it while a lookup of the
 * host runs, and waits until the thread of the lookup has ended.
 */
#include <event2/event.h>

#include <dirent.h>
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>

#include "hecat.h"

/* Returns the number of threads of this process. */
static int
count_threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		count += entry->d_name[0] != '.';
	if (folder != NULL)
		closedir(folder);
	return (count);
}

static void
on_connected(struct hecat_connector *connector, void *arg)
{
	(void)connector;
	(void)arg;
}

static void
on_failed(struct hecat_connector *connector, enum hecat_error error, void *arg)
{
	(void)connector;
	(void)error;
	(void)arg;
}

int
main(int argc, char *argv[])
{
	void *library = dlopen(argc == 3 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);
	__typeof__(&hecat_connector_new) make;
	__typeof__(&hecat_connector_lookup_hostname) lookup;
	__typeof__(&hecat_connector_free) release;
	struct event_base *base = event_base_new();
	struct hecat_connector *connector;

	if (library == NULL || base == NULL)
		return (1);
	*(void **)&make = dlsym(library, "hecat_connector_new");
	*(void **)&lookup = dlsym(library, "hecat_connector_lookup_hostname");
	*(void **)&release = dlsym(library, "hecat_connector_free");
	connector = make(base, NULL, on_connected, on_failed, NULL);
	if (connector == NULL || lookup(connector, argv[2], "80") == -1)
		return (1);
	while (count_threads() == 1)
		event_base_loop(base, EVLOOP_ONCE);
	release(connector);
	event_base_free(base);
	if (dlclose(library) == -1)
		return (1);
	printf("closed, with threads: %d\n", count_threads() - 1);
	while (count_threads() > 1)
		poll(NULL, 0, 1);
	puts("they have ended");
	return (0);
}
